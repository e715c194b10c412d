//! The least that a program on Lambda can do: the Runtime API by hand, without any library.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

const PATH: &str = "/2018-06-01/runtime/invocation";

fn main() -> io::Result<()> {
    let host = std::env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
    let mut stream = TcpStream::connect(&host)?;
    stream.set_nodelay(true)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    loop {
        stream.write_all(format!("GET {PATH}/next HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())?;
        let id = answer(&mut answers)?;
        let ask = format!(
            "POST {PATH}/{id}/response HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\n{{}}"
        );
        stream.write_all(ask.as_bytes())?;
        answer(&mut answers)?;
    }
}

/// Reads one answer to its end, and returns the invocation's id if it names one.
fn answer(from: &mut impl BufRead) -> io::Result<String> {
    let (mut length, mut id) = (0, String::new());
    loop {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(io::Error::other)?,
            "lambda-runtime-aws-request-id" => value.clone_into(&mut id),
            _ => {}
        }
    }
    io::copy(&mut from.take(length), &mut io::sink())?;
    Ok(id)
}
