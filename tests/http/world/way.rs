//! The way to the PostgreSQL server, which a test can cut and mend.

use std::net::SocketAddr;

use signet::config::{DatabaseUrl, Setting, Span};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};
use url::Url;

use super::{World, setting};

/// A port of this machine that leads to the server, or to nothing.
pub struct Way {
    server: String,
    address: SocketAddr,
    carrying: Option<AbortHandle>,
}

impl Way {
    /// An open way; none where the tests run on SQLite.
    pub async fn to_postgres() -> Option<Self> {
        let url = Url::parse(&setting("SIGNET_TEST_DATABASE_URL")?).unwrap();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        let mut way = Self { server, address: ([127, 0, 0, 1], 0).into(), carrying: None };
        way.open().await;
        Some(way)
    }

    /// Opens it, at the port that it had.
    pub async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        self.carrying = Some(tokio::spawn(carry(listener, self.server.clone())).abort_handle());
    }

    /// Cuts it, with every connection that goes along it.
    pub fn close(&mut self) {
        self.carrying.take().unwrap().abort();
    }
}

async fn carry(listener: TcpListener, server: String) {
    let mut connections = JoinSet::new(); // they end with it
    loop {
        let (mut here, _) = listener.accept().await.unwrap();
        let mut there = TcpStream::connect(&server).await.unwrap();
        connections.spawn(async move { copy_bidirectional(&mut here, &mut there).await });
    }
}

impl World {
    /// A service that reaches its database along this way.
    pub async fn along(way: &Way) -> Self {
        let port = way.address.port();
        Self::configured(|config| {
            let mut url = Url::parse(config.database_url.expose()).unwrap();
            url.set_host(Some("127.0.0.1")).unwrap();
            url.set_port(Some(port)).unwrap();
            config.database_url = DatabaseUrl::parse(url.as_str()).unwrap();
            config.database.acquire_timeout = Span::secs(1);
        })
        .await
    }
}
