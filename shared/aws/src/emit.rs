//! Puts what is told to others on an event bus.

use crate::config::Aws;
use crate::limits::{EVENTS_BATCH, EVENTS_BYTES};
use aws_sdk_eventbridge::operation::put_events::PutEventsOutput;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use domain::told::SOURCE;
use domain::{Fault, Told};
use ports::Emit;

const CALL: &str = "events:PutEvents";

impl Emit for Aws {
    fn is_on(&self) -> bool {
        self.bus().is_some()
    }

    /// What the bus did not take is put once more. A batch that fails leaves the other batches their try.
    async fn emit(&self, told: &[Told]) -> Result<(), Fault> {
        let Some(bus) = self.bus() else { return Ok(()) };
        let entries = told.iter().map(|one| entry(one, bus)).collect::<Result<_, _>>()?;
        let mut first = Ok(());
        for batch in batches(entries) {
            first = first.and(self.put(batch).await);
        }
        first
    }
}

impl Aws {
    async fn put(&self, batch: Vec<PutEventsRequestEntry>) -> Result<(), Fault> {
        let answer = self.put_once(&batch).await?;
        let Some(Refused { entries, .. }) = refused(&batch, &answer)? else { return Ok(()) };

        let answer = self.put_once(&entries).await?;
        match refused(&entries, &answer)? {
            None => Ok(()),
            Some(Refused { entries, code }) => Err(partial(format!(
                "{} of {} events were not taken, the first: {code}",
                entries.len(),
                batch.len()
            ))),
        }
    }

    async fn put_once(&self, entries: &[PutEventsRequestEntry]) -> Result<PutEventsOutput, Fault> {
        let request = self.events.put_events().set_entries(Some(entries.to_vec()));
        self.send(CALL, request.send()).await
    }
}

fn entry(told: &Told, bus: &str) -> Result<PutEventsRequestEntry, Fault> {
    let detail = serde_json::to_string(told).map_err(|fault| Fault::Refused {
        call: CALL.to_owned(),
        code: "Detail".to_owned(),
        told: fault.to_string(),
    })?;
    let entry = PutEventsRequestEntry::builder().source(SOURCE).event_bus_name(bus);
    Ok(entry.detail_type(told.detail_type()).detail(detail).build())
}

/// As EventBridge counts (*Calculating `PutEvents` event entry size* in the EventBridge user guide); no entry
/// of ours has a time or resources.
fn size(entry: &PutEventsRequestEntry) -> usize {
    let parts = [entry.source(), entry.detail_type(), entry.detail()];
    parts.into_iter().flatten().map(str::len).sum()
}

fn batches(entries: Vec<PutEventsRequestEntry>) -> Vec<Vec<PutEventsRequestEntry>> {
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0_usize);
    for entry in entries {
        let more = size(&entry);
        let full = batch.len() >= EVENTS_BATCH || bytes.saturating_add(more) > EVENTS_BYTES;
        if full && !batch.is_empty() {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes = bytes.saturating_add(more);
        batch.push(entry);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

/// What the bus did not take.
struct Refused {
    entries: Vec<PutEventsRequestEntry>,
    /// Why not the first.
    code: String,
}

/// The answers stand in the order of the entries (`PutEvents` in the EventBridge API reference). An entry
/// without an event's id was not taken, whatever the count of failures says.
fn refused(
    sent: &[PutEventsRequestEntry],
    answer: &PutEventsOutput,
) -> Result<Option<Refused>, Fault> {
    let answers = answer.entries();
    if answers.len() != sent.len() {
        return Err(partial(format!("{} answers for {} events", answers.len(), sent.len())));
    }
    let pairs = sent.iter().zip(answers);
    let mut failed = pairs.filter(|(_, answer)| answer.event_id().is_none());
    let Some((first, why)) = failed.next() else { return Ok(None) };

    let code = why.error_code().unwrap_or("no reason").to_owned();
    let entries = std::iter::once(first).chain(failed.map(|(entry, _)| entry)).cloned().collect();
    Ok(Some(Refused { entries, code }))
}

fn partial(told: String) -> Fault {
    Fault::Partial { call: CALL.to_owned(), told }
}

#[cfg(test)]
mod tests;
