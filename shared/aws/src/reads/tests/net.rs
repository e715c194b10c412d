//! What the net can do to a call, with the HTTP client that ships and real sockets.

use super::answers::host;
use crate::testing::aws_at;
use domain::{HostView, Seen, Standing};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that reads a request, says this, and closes the connection; or keeps it open and says no more.
async fn server(says: &'static str, closes: bool) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(says.as_bytes()).await;
            if !closes {
                open.push(socket);
            }
        }
    });
    format!("http://{address}")
}

/// Nothing is known, and it may be known later.
fn is_unknown(view: &HostView, what: &str) {
    let faults = [view.seat.known().err(), view.machine.known().err()];
    for fault in faults {
        let fault = fault.unwrap_or_else(|| panic!("{what}: {view:?}"));
        assert_eq!(
            (fault.label(), fault.standing()),
            ("no-answer", Standing::Again),
            "{what}: {fault}"
        );
    }
    assert!(!matches!(&view.registrations, Seen::Known(_)), "{what}: {view:?}");
}

#[tokio::test]
async fn row_67_a_connection_that_is_refused_reset_or_garbled_is_no_answer() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    is_unknown(&host(&aws_at(&nobody, true)).await, "refused");

    let half = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<DescribeAutoScaling";
    for says in ["", "HTTP/1.1 2", half, "SSH-2.0-OpenSSH_9.6\r\n"] {
        let endpoint = server(says, true).await;
        is_unknown(&host(&aws_at(&endpoint, true)).await, says);
    }
    // A server without TLS where TLS is spoken.
    let endpoint = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", true).await;
    is_unknown(&host(&aws_at(&endpoint.replace("http:", "https:"), true)).await, "no TLS");
}

#[tokio::test]
async fn row_67_who_answers_a_byte_a_second_is_out_of_time() {
    for says in ["", "H", "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<"] {
        let endpoint = server(says, false).await;
        is_unknown(&host(&aws_at(&endpoint, false)).await, says);
    }
}
