//! Where answers to custom resource requests arrive.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The addresses that were handed out, with what was PUT there.
#[derive(Debug, Default)]
pub(crate) struct Mailboxes(Mutex<BTreeMap<String, Mailbox>>);

#[derive(Debug)]
struct Mailbox {
    signature: String,
    answers: Vec<Vec<u8>>,
}

impl Mailboxes {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Mailbox>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn open(&self, key: &str, signature: &str) {
        let mailbox = Mailbox { signature: signature.to_owned(), answers: Vec::new() };
        self.lock().insert(key.to_owned(), mailbox);
    }

    /// Takes an answer, if the address is one that was handed out.
    pub(crate) fn put(&self, key: &str, signature: &str, body: Vec<u8>) -> bool {
        let mut all = self.lock();
        match all.get_mut(key).filter(|mailbox| mailbox.signature == signature) {
            Some(mailbox) => {
                mailbox.answers.push(body);
                true
            }
            None => false,
        }
    }

    pub(super) fn count(&self, key: &str) -> usize {
        self.lock().get(key).map_or(0, |mailbox| mailbox.answers.len())
    }

    /// The answer after the first `seen` ones.
    pub(super) fn answer(&self, key: &str, seen: usize) -> Option<Vec<u8>> {
        self.lock().get(key)?.answers.get(seen).cloned()
    }
}

/// The key inside an address that was handed out.
pub(super) fn key_of(url: &str) -> &str {
    let (path, _) = url.split_once('?').unwrap_or((url, ""));
    path.rsplit('/').next().unwrap_or_default()
}
