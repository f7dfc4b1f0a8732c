//! One PUT over a line that can break anywhere.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How a request travels.
#[derive(Clone, Copy, Debug)]
pub enum How {
    Whole,
    /// In pieces with so many milliseconds between them.
    Slowly(u64),
    /// The line breaks behind so many bytes of the body.
    CutAt(usize),
    /// Everything is sent, and nobody waits for the answer longer than so many milliseconds.
    Unheard(u64),
}

/// What the page learns.
#[derive(Debug)]
pub enum Heard {
    Answer(u16, Value),
    /// Nothing: as if there were no network.
    Nothing,
}

/// A chunk on its way.
#[derive(Clone, Debug)]
pub struct Chunk<'a> {
    pub cookie: &'a str,
    pub segment: i64,
    pub no: usize,
    pub bytes: &'a [u8],
    pub head: &'a str,
}

/// Sends a chunk; whatever breaks on the way is no answer.
pub async fn put(url: &str, chunk: &Chunk<'_>, how: How) -> Heard {
    match travels(url, chunk, how).await {
        Ok(Some((status, body))) => Heard::Answer(status, body),
        Ok(None) | Err(_) => Heard::Nothing,
    }
}

async fn travels(url: &str, chunk: &Chunk<'_>, how: How) -> std::io::Result<Option<(u16, Value)>> {
    let host = url.strip_prefix("http://").expect("plain HTTP");
    let mut line = TcpStream::connect(host).await?;
    line.set_nodelay(true)?;
    let Chunk {
        cookie,
        segment,
        no,
        bytes,
        head,
    } = chunk;
    let request = format!(
        "PUT /api/h5/recording/segments/{segment}/chunks/{no} HTTP/1.1\r\nhost: {host}\r\nx-xiaobao: 1\r\n\
         recording-chain: {head}\r\ncontent-type: application/octet-stream\r\ncookie: {}={cookie}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        xiaobao::access::CUSTOMER_COOKIE,
        bytes.len()
    );
    line.write_all(request.as_bytes()).await?;
    match how {
        How::Whole => line.write_all(bytes).await?,
        How::Slowly(pause_ms) => {
            for piece in bytes.chunks(bytes.len().div_ceil(4)) {
                line.write_all(piece).await?;
                pause(pause_ms).await;
            }
        }
        How::CutAt(most) => {
            line.write_all(&bytes[..most.min(bytes.len() - 1)]).await?;
            pause(most as u64 % 16).await;
            return Ok(None);
        }
        How::Unheard(pause_ms) => {
            line.write_all(bytes).await?;
            pause(pause_ms).await;
            return Ok(None);
        }
    }
    let mut answer = Vec::new();
    line.read_to_end(&mut answer).await?;
    Ok(parsed(&answer))
}

async fn pause(ms: u64) {
    xiaobao::clock::pause(Duration::from_millis(ms)).await;
}

/// Status and JSON of a whole answer; an answer that was cut is none.
fn parsed(answer: &[u8]) -> Option<(u16, Value)> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).ok()?))
}
