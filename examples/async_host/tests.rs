//! The whole service, run with two seeds.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_consumer_ends_with_the_members_whatever_failed_on_the_way() {
    for seed in [1, 2] {
        let (written, webhook) = run(seed).await.unwrap();
        let received = lock(&webhook.received);
        assert!(written > 0 && !received.members.is_empty(), "{written} events were written");
        assert!(received.failed > 0, "{} posts, none of which failed", received.posts);
        // Once at the start, for the notice that the segment was built; once for the gap.
        assert!(received.read_again >= 2, "read {} times", received.read_again);
    }
}
