//! The host as a program: started, killed, started again.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::{head, send, write};

/// A token for tests.
pub(crate) const TOKEN: &str = "of-this-test-alone";

/// A program that runs. It ends if a test fails before it does.
pub(crate) struct Program(pub(crate) Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    /// Starts the host on a free port; returns the line that it prints.
    pub(crate) fn start(more: &[&str]) -> (Self, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_enlist-host"));
        command.args(["--listen", "127.0.0.1:0"]).args(more);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut program = Program(child);
        let mut line = String::new();
        BufReader::new(program.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (program, line)
    }

    /// Starts the host with [`TOKEN`] and without the demo, and waits until its store is open.
    pub(crate) async fn ready(more: &[&str]) -> (Self, SocketAddr) {
        let (program, line) = Program::start(&[&["--token", TOKEN, "--no-demo"], more].concat());
        let address: SocketAddr =
            line.strip_prefix("http://").and_then(|line| line.split('/').next()).unwrap().parse().unwrap();
        while !send(address, &head("GET", "/readyz", "localhost", "", "")).await.starts_with("HTTP/1.1 200") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (program, address)
    }

    /// Ends it as a loss of power to the process does: nothing of it runs any more.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[cfg(unix)]
#[test]
fn the_program_prints_where_it_is_and_an_interrupt_ends_it_well() {
    let began = Instant::now();
    let (mut program, line) = Program::start(&[]);
    assert!(line.starts_with("http://127.0.0.1:") && line.contains("/console?token="), "{line}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    interrupt(&mut program);
}

/// Interrupts a program, which then ends well and soon.
#[cfg(unix)]
fn interrupt(program: &mut Program) {
    let interrupted = Instant::now();
    assert!(Command::new("kill").args(["-INT", &program.0.id().to_string()]).status().unwrap().success());
    assert_eq!(program.0.wait().unwrap().code(), Some(0));
    // Less than what is waited for connections that do not end by themselves.
    assert!(interrupted.elapsed() < Duration::from_secs(3), "{:?}", interrupted.elapsed());
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupt_ends_the_stream_of_a_page_that_stands_open() {
    use std::io::{Read, Write};
    let (mut program, address) = Program::ready(&[]).await;
    write(address, TOKEN, "PUT", "/v1/workspaces/a", "{}").await.unwrap();
    let mut page = std::net::TcpStream::connect(address).unwrap();
    let request = format!(
        "GET /console/a/-live/segments HTTP/1.1\r\nhost: localhost\r\ncookie: enlist_token={TOKEN}\r\n\r\n"
    );
    page.write_all(request.as_bytes()).unwrap();
    let mut begun = [0; 12];
    page.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    interrupt(&mut program);
}

#[tokio::test]
async fn no_token_is_in_anything_that_the_program_writes_or_answers() {
    use std::io::Read;
    let (mut program, address) = Program::ready(&[]).await;
    let crossing = "origin: http://evil.example\r\ncontent-length: 0\r\n";
    let requests = [
        head("GET", "/v1/workspaces", "localhost", TOKEN, ""),
        head("GET", "/v1/workspaces/none", "localhost", TOKEN, ""),
        head("GET", &format!("/?token={TOKEN}"), "localhost", "", ""),
        head("GET", "/v1/workspaces", "evil.example", TOKEN, ""),
        head("PUT", "/v1/workspaces/a", "localhost", TOKEN, crossing),
        head("PUT", "/v1/workspaces/a", "localhost", &format!("{TOKEN}1"), "content-length: 0\r\n"),
        head("GET", "/v1/workspaces", "localhost", TOKEN, &format!("x: {}\r\n", "a".repeat(9_000))),
        format!(
            "GET /v1/workspaces HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\nbroken\r\n\r\n"
        ),
    ];
    // The way in gives the token to the browser, as a cookie that no script reads, and nowhere else.
    let way_in = send(address, &head("GET", &format!("/console?token={TOKEN}"), "localhost", "", "")).await;
    let cookies = way_in.lines().filter(|line| line.contains(TOKEN)).collect::<Vec<_>>();
    assert!(
        matches!(cookies.as_slice(), [cookie] if cookie.starts_with("set-cookie: ") && cookie.contains("HttpOnly")),
        "{way_in}"
    );
    for request in requests {
        let answer = send(address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 ") && !answer.contains(TOKEN), "{request}{answer}");
    }
    let _ = program.0.kill();
    let (mut out, mut error) = (String::new(), String::new());
    program.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    program.0.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    // The one line with its address has been read.
    assert_eq!((out.as_str(), error.as_str()), ("", ""));
}
