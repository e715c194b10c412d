//! One target, named by `MUSTER_FUZZ_TARGET`, under libFuzzer.
#![no_main]

use fuzz::Target;
use libfuzzer_sys::{Corpus, fuzz_target};
use std::sync::LazyLock;

static TARGET: LazyLock<Option<&'static Target>> = LazyLock::new(|| {
    let name = std::env::var("MUSTER_FUZZ_TARGET").ok()?;
    fuzz::TARGETS.iter().find(|target| target.name == name)
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(target) = *TARGET else {
        eprintln!("MUSTER_FUZZ_TARGET names no target");
        std::process::exit(2);
    };
    if data.len() > target.most {
        return Corpus::Reject;
    }
    (target.run)(data);
    Corpus::Keep
});
