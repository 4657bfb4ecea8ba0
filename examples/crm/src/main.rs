//! Serves the CRM: `enlist-crm [DATABASE]`, in memory unless a path is given.

#![expect(clippy::print_stdout, reason = "it says where it serves")]

use std::error::Error;

use enlist_crm::Crm;

const ADDRESS: &str = "127.0.0.1:8090";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let path = std::env::args().nth(1);
    let crm = Crm::open(path.as_deref())?;
    let listener = tokio::net::TcpListener::bind(ADDRESS).await?;
    println!("http://{ADDRESS}");
    axum::serve(listener, enlist_crm::router(crm)).await?;
    Ok(())
}
