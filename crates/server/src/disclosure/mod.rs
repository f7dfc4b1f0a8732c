//! 综合融资成本明示表: the statutory cost sheet, shown, read, understood and confirmed (金规〔2026〕2号).
//!
//! Promises: a sheet is made when the price is final, and has a digest; other terms make another sheet, which is read anew,
//! while the older one is kept as superseded; the minimum reading time runs on the
//! server's clock; nothing is confirmed but exactly what was shown; wrong answers never lead to a dead end.
//! 放款前费用告知书: where a product asks it, nobody is paid before they were told once more what arrives, where, and what
//! it costs in all, on the phone or on paper.

mod actions;
mod facts;
mod jobs;
mod model;
mod print;
mod quiz;
mod refusal;
mod store;
mod total_cost;
mod view;

pub use actions::{answer, confirm, prepare, read, reopen, show, terms_digest};
pub use jobs::{forget_files, jobs};
pub use model::{
    Audience, Prepare, Progress, Sheet, ShownSheet, Step, Superseded, WRONG_UNTIL_PERSON,
};
pub use print::printed;
pub use quiz::{Answer, QUESTIONS, Question, Quiz};
pub use refusal::Refused;
pub use store::notices::{list as notices, newest as newest_notice, that_came_back};
pub use store::{MIGRATIONS, find, forget, steps, superseded};
pub use total_cost::Seen;
pub use total_cost::actions::{
    Whom, came_back, confirm as confirm_notice, looked_at, prepare as prepare_notice,
    show as show_notice,
};
pub use total_cost::view::{NoticeView, progress as notice_progress, shown as notice_view};
pub use view::progress;
