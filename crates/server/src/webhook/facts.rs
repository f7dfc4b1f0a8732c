//! What this room swears to. The case is the endpoint. Of an address only the origin: the rest may hold a secret.

use serde::Serialize;

use super::model::EventType;
use crate::ledger::Sworn;

/// An address was named.
#[derive(Serialize)]
pub struct Created<'a> {
    pub origin: &'a str,
    pub events: &'a [EventType],
}

impl Sworn for Created<'_> {
    const KIND: &'static str = "webhook.created.v1";
}

/// It has a new secret.
#[derive(Serialize)]
pub struct Rotated {
    pub generation: i64,
    pub older_until_ms: Option<i64>,
}

impl Sworn for Rotated {
    const KIND: &'static str = "webhook.rotated.v1";
}

/// It is called no more: by staff, or (the seat is the program) after days of failure.
#[derive(Serialize)]
pub struct Stopped {
    pub failing_since_ms: Option<i64>,
}

impl Sworn for Stopped {
    const KIND: &'static str = "webhook.stopped.v1";
}

/// It is called again.
#[derive(Serialize)]
pub struct Resumed {}

impl Sworn for Resumed {
    const KIND: &'static str = "webhook.resumed.v1";
}

/// Deliveries are sent once more.
#[derive(Serialize)]
pub struct Replayed {
    pub deliveries: i64,
}

impl Sworn for Replayed {
    const KIND: &'static str = "webhook.replayed.v1";
}
