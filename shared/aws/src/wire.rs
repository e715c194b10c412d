//! Clients on a wire of the caller's own: no socket, no clock of the machine's.

use crate::config::Common;
use crate::person::Logbook;
use crate::session::Session;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// What stands between the clients and AWS.
#[derive(Clone, Debug)]
pub struct Wire {
    /// The region; the SDK keeps a budget of retries for each service and region of a process.
    pub region: String,
    /// Access key id, secret access key, session token.
    pub credentials: [String; 3],
    /// What stands in for the net.
    pub http: SharedHttpClient,
    /// What stands in for time.
    pub sleep: SharedAsyncSleep,
    /// The event bus that others are told on.
    pub bus: Option<String>,
}

impl Wire {
    fn common(self) -> Common {
        let [key, secret, token] = self.credentials;
        let credentials = Credentials::new(key, secret, Some(token), None, "wire");
        Common {
            region: self.region,
            credentials: SharedCredentialsProvider::new(credentials),
            endpoint: Some("http://wire.invalid".to_owned()),
            s3: None,
            http: self.http,
            sleep: self.sleep,
            session: Session::default(),
            bus: self.bus,
        }
    }
}

impl Logbook {
    /// The clients that ship, on this wire.
    #[must_use]
    pub fn on(wire: Wire) -> Self {
        Self::with(wire.common())
    }
}
