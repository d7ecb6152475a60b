//! A browser of somebody who installs the bot: follows no redirect by itself, and keeps one cookie.

use crate::harness::world::World;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A browser.
#[derive(Debug, Default)]
pub struct Browser {
    pub cookie: Option<String>,
}

/// What a page said.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    pub headers: String,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let line = self
            .headers
            .lines()
            .find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
        line.split_once(':').map(|(_, value)| value.trim())
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.body.contains(words), "not {words:?}: {self:?}");
        self
    }
}

impl Browser {
    /// Opens a page of the bot.
    pub async fn opens(&mut self, world: &World, path: &str) -> Seen {
        let address = world.app.platform_address().unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let cookie = self.cookie.as_ref();
        let cookie = cookie.map_or(String::new(), |cookie| format!("Cookie: a=b; {cookie}\r\n"));
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: secevent.example.com\r\nConnection: close\r\n{cookie}\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (headers, body) = answer.split_once("\r\n\r\n").unwrap();
        let seen = Seen {
            status: headers[9..12].parse().unwrap(),
            headers: headers.to_owned(),
            body: body.to_owned(),
        };
        if let Some(set) = seen.header("set-cookie") {
            let pair = set.split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        seen
    }

    /// Begins an install: the page of Slack that it is sent to.
    pub async fn begins(&mut self, world: &World) -> String {
        let seen = self.opens(world, "/slack/install").await;
        assert_eq!(seen.status, 302, "{seen:?}");
        let address = seen.header("location").unwrap();
        let (_, query) = address.split_once('?').unwrap();
        format!("{}/oauth/v2/authorize?{query}", world.emulator.door_url())
    }

    /// Somebody answers Slack's page; where the browser is sent back to, as a path.
    pub async fn consents(world: &World, page: &str, who: &str, approve: bool) -> String {
        let given = json!({ "url": page, "user": who, "on": approve });
        sent_back(world, given).await
    }

    /// Installs from the beginning to the end.
    pub async fn installs(&mut self, world: &World, who: &str) -> Seen {
        let page = self.begins(world).await;
        let path = Self::consents(world, &page, who, true).await;
        self.opens(world, &path).await
    }
}

pub async fn sent_back(world: &World, given: serde_json::Value) -> String {
    let back = world.control("consent", given).await;
    let back = back["redirect"].as_str().unwrap();
    let path = back.strip_prefix("https://secevent.example.com").unwrap();
    path.to_owned()
}

/// Asks Slack for tokens as the bot does, without the bot.
pub async fn asks_slack(world: &World, form: &str) -> serde_json::Value {
    let address = world.emulator.door_url();
    let address = address.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /api/oauth.v2.access HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}
