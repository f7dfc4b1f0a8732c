//! Verbs of the journey.

mod at_step;
mod break_glass;
mod change;
mod contacts;
mod correction;
mod counter;
mod drawdown;
mod holds;
mod link;
mod money;
mod open;
mod parties;
mod price;
mod recording;
mod sheet;
mod signing;
mod suitability;
mod total_cost;
mod unfinished;

pub use at_step::{at_step, finish};
pub use break_glass::{agree_break_glass, ask_break_glass, refuse_break_glass};
pub use change::{
    CHANGES_MAX, NewChange, Waiting, accept_dearer, end_change, open_change, opened_before,
};
pub use contacts::{name_contact, name_contact_for, name_relative};
pub use correction::remind_correction;
pub use counter::{assist, enter_assisted, keep_scan, open_scan};
pub use drawdown::{Choice, ask_person as ask_person_about_account, choose};
pub use holds::{cancel, hold_for, lift_for, lift_hold, place_hold};
pub use link::{ask_for_person, issue_ticket, renew_link, reopen};
pub use money::{book, disbursed, release, revoke_lost};
pub use open::{Opened, Opening, open};
pub use parties::{PARTIES_MAX, Party, name_party};
pub use price::price;
pub use recording::{
    begin_recording, call_off_recording, call_person_for_recording, end_node, glance,
    lead_recording, look_at_recording, open_node, review_recording, start_segment,
};
pub use sheet::{Act, act};
pub use signing::{
    ask_person_for_signer, ask_signing_code, authorise, check_signer, find_paper, keep_handwriting,
    open_paper, renew_documents, sign,
};
pub use suitability::{ask_review, decide, declare, supply};
pub use total_cost::{confirm_total_cost, look_at_total_cost, print_total_cost, show_total_cost};
pub use unfinished::{abandon, decline_reminders, remind};
