//! Nouns and decisions of files in and out; pure.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::refusal::FileFault;
use super::{IncomingId, OutgoingId};
use crate::clock;

/// Entries of the log in one batch; a day with more has parts.
pub const ENTRIES_MAX: i64 = 20_000;

/// Whether a batch reaches the end of its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Whole,
    /// Another part of the same day follows.
    Part,
}

impl Reach {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Part => "part",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Whole, Self::Part]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// The files of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub id: OutgoingId,
    pub day: Date,
    pub part: i64,
    /// First entry of the log that it tells of, and the first that it does not.
    pub from: i64,
    pub to: i64,
    pub reach: Reach,
    /// JSON, as it is handed over.
    pub manifest: String,
    pub made_at_ms: i64,
    pub delivered_at_ms: Option<i64>,
    pub deliveries: i64,
    pub version: i64,
}

/// Which batch is to be made next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub day: Date,
    pub part: i64,
    pub from: i64,
}

/// The next batch, when its day is over and the hour has come; days that were missed come one by one.
pub fn due(last: Option<&Outgoing>, now_ms: i64, out_hour: i8) -> Option<Slot> {
    let now = clock::civil(now_ms);
    let today = now.date();
    let over =
        |day: Date| day < today && (day.tomorrow().ok() != Some(today) || now.hour() >= out_hour);
    let slot = match last {
        None => {
            let back = if now.hour() >= out_hour { 1 } else { 2 };
            Slot {
                day: today.checked_sub(back.days()).ok()?,
                part: 1,
                from: 0,
            }
        }
        Some(last) if last.reach == Reach::Part => Slot {
            day: last.day,
            part: last.part + 1,
            from: last.to,
        },
        Some(last) => Slot {
            day: last.day.tomorrow().ok()?,
            part: 1,
            from: last.to,
        },
    };
    over(slot.day).then_some(slot)
}

impl Slot {
    /// The end of names of its files: `20261121-1`.
    pub fn label(&self) -> String {
        format!("{}-{}", self.day.strftime("%Y%m%d"), self.part)
    }
}

/// A file in a manifest of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = BatchFile)]
pub struct Listed {
    pub name: String,
    pub rows: i64,
    pub bytes: i64,
    /// Hexadecimal.
    pub sha256: String,
}

/// Where in the log a batch was cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    pub origin: String,
    pub from: i64,
    pub to: i64,
    /// The signed note of a checkpoint that covers every entry before `to`.
    pub checkpoint: String,
}

/// What comes last, and names everything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub v: i64,
    /// The institution's code.
    pub institution: String,
    pub day: Date,
    pub part: i64,
    /// UTC, RFC 3339.
    pub made_at: String,
    pub log: Cut,
    pub files: Vec<Listed>,
}

/// What a file asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BatchFileKind)]
pub enum FileKind {
    /// Journeys to open.
    Requests,
    /// The lender's own decisions.
    Decisions,
    /// What the lender knows of a person.
    Supplied,
    /// The lender's payments of a day.
    Payments,
    /// A manifest that can't be read, or a name that says nothing.
    Other,
}

impl FileKind {
    pub const ALL: [Self; 5] = [
        Self::Requests,
        Self::Decisions,
        Self::Supplied,
        Self::Payments,
        Self::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Decisions => "decisions",
            Self::Supplied => "supplied",
            Self::Payments => "payments",
            Self::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// By the file's name.
    pub fn of(name: &str) -> Result<Self, FileFault> {
        let stem = name.strip_suffix(".csv").ok_or(FileFault::Name)?;
        let (word, rest) = stem.split_once('-').ok_or(FileFault::Name)?;
        Self::parse(word)
            .filter(|kind| *kind != Self::Other && !rest.is_empty())
            .filter(|kind| *kind != Self::Payments || day_of(name).is_some())
            .ok_or(FileFault::Name)
    }
}

/// The day whose payments a file holds: `payments-20261121.csv`, or with anything more behind a hyphen.
pub fn day_of(name: &str) -> Option<Date> {
    let rest = name.strip_suffix(".csv")?.strip_prefix("payments-")?;
    let day = rest.split_once('-').map_or(rest, |(day, _)| day);
    let digits = day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| Date::strptime("%Y%m%d", day).ok())?
}

/// Refuses the payments of a day on which more may be paid.
pub fn day_is_over(name: &str, now_ms: i64) -> Result<(), FileFault> {
    match day_of(name) {
        Some(day) if day >= clock::civil_date(now_ms) => Err(FileFault::DayNotOver),
        _ => Ok(()),
    }
}

/// How far a dropped file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BatchFileState)]
pub enum FileState {
    Running,
    Ended,
    /// Not taken at all.
    Refused,
}

impl FileState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Ended => "ended",
            Self::Refused => "refused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Ended, Self::Refused]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// A file that a lender dropped; what is in it stays with the lender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    pub id: IncomingId,
    pub name: String,
    pub kind: FileKind,
    pub sha256: String,
    /// SHA-256 of the manifest that named it, hex.
    pub manifest: String,
    pub state: FileState,
    pub fault: Option<FileFault>,
    pub rows: i64,
    pub rows_done: i64,
    pub rows_refused: i64,
    pub received_at_ms: i64,
    pub ended_at_ms: Option<i64>,
    /// When the day whose payments it holds was handed to its comparison.
    pub compared_at_ms: Option<i64>,
    /// The API key that handed it in; none of a dropped one.
    pub api_key: Option<String>,
}

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BatchRowOutcome)]
pub enum RowOutcome {
    Done,
    /// The same request was there already.
    Replayed,
    /// Taken, and not what we have; an incident says so.
    Differs,
    Refused,
}

impl RowOutcome {
    pub const ALL: [Self; 4] = [Self::Done, Self::Replayed, Self::Differs, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Replayed => "replayed",
            Self::Differs => "differs",
            Self::Refused => "refused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// A row that was gone through; none of its values but the lender's own key or our journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The first row under the header is 1.
    pub no: i64,
    pub outcome: RowOutcome,
    /// Of a refusal, or what differs.
    pub code: Option<String>,
    /// The column or field that is wrong.
    pub field: Option<String>,
    pub journey: Option<String>,
    pub message_zh: Option<String>,
    pub message_en: Option<String>,
}

/// What a lender's manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    pub v: i64,
    pub files: Vec<DroppedFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DroppedFile {
    pub name: String,
    pub rows: i64,
    pub sha256: String,
}

const DROPPED_FILES_MAX: usize = 20;

impl Dropped {
    pub fn parse(bytes: &[u8]) -> Result<Self, FileFault> {
        let said: Self = serde_json::from_slice(bytes).map_err(|_| FileFault::Manifest)?;
        let hex = |text: &str| {
            text.len() == 64
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let known = said.v == 1
            && (1..=DROPPED_FILES_MAX).contains(&said.files.len())
            && said
                .files
                .iter()
                .all(|file| hex(&file.sha256) && super::transport::name_fits(&file.name));
        known.then_some(said).ok_or(FileFault::Manifest)
    }
}

/// The name of the file that answers a dropped one.
pub fn result_name(name: &str) -> String {
    format!("{}-result.csv", name.strip_suffix(".csv").unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;
    /// 2026-11-21 10:00 in Shanghai.
    const NOW_MS: i64 = 1_795_226_400_000;

    fn batch(day: Date, part: i64, reach: Reach) -> Outgoing {
        Outgoing {
            id: OutgoingId::stored("bat_x".into()),
            day,
            part,
            from: 0,
            to: 70,
            reach,
            manifest: String::new(),
            made_at_ms: 0,
            delivered_at_ms: None,
            deliveries: 0,
            version: 1,
        }
    }

    #[test]
    fn a_day_is_due_once_it_is_over_and_missed_days_come_one_by_one() {
        let slot = |day, part, from| Some(Slot { day, part, from });
        let day = |day| date(2026, 11, day);
        let whole = |of| batch(day(of), 1, Reach::Whole);
        assert_eq!(due(None, NOW_MS, 2), slot(day(20), 1, 0));
        assert_eq!(due(None, NOW_MS - 9 * HOUR_MS, 2), slot(day(19), 1, 0));
        assert_eq!(due(Some(&whole(20)), NOW_MS, 2), None);
        assert_eq!(due(Some(&whole(19)), NOW_MS, 2), slot(day(20), 1, 70));
        assert_eq!(
            due(Some(&whole(19)), NOW_MS - 9 * HOUR_MS, 2),
            None,
            "too early"
        );
        assert_eq!(
            due(Some(&whole(15)), NOW_MS - 9 * HOUR_MS, 2),
            slot(day(16), 1, 70)
        );
        let part = batch(day(20), 3, Reach::Part);
        assert_eq!(due(Some(&part), NOW_MS, 2), slot(day(20), 4, 70));
        assert_eq!(
            slot(day(5), 2, 0).map(|s| s.label()),
            Some("20261105-2".to_owned())
        );
    }

    #[test]
    fn a_name_says_what_a_file_asks_for() {
        let table = [
            ("requests-20261122.csv", Ok(FileKind::Requests)),
            ("decisions-a-b.csv", Ok(FileKind::Decisions)),
            ("supplied-1.csv", Ok(FileKind::Supplied)),
            ("other-1.csv", Err(FileFault::Name)),
            ("requests-.csv", Err(FileFault::Name)),
            ("requests.csv", Err(FileFault::Name)),
            ("requests-1.txt", Err(FileFault::Name)),
            ("refunds-1.csv", Err(FileFault::Name)),
            ("payments-20261121.csv", Ok(FileKind::Payments)),
            ("payments-20261121-late.csv", Ok(FileKind::Payments)),
            ("payments-20261131.csv", Err(FileFault::Name)),
            ("payments-1.csv", Err(FileFault::Name)),
        ];
        for (name, wanted) in table {
            assert_eq!(FileKind::of(name), wanted, "{name}");
        }
        assert_eq!(result_name("requests-1.csv"), "requests-1-result.csv");
    }

    #[test]
    fn payments_of_a_day_wait_for_its_end_in_shanghai() {
        let midnight_ms = NOW_MS + 14 * HOUR_MS;
        for (name, now_ms, wanted) in [
            ("payments-20261120.csv", NOW_MS, Ok(())),
            ("payments-20261121.csv", NOW_MS, Err(FileFault::DayNotOver)),
            (
                "payments-20261121.csv",
                midnight_ms - 1,
                Err(FileFault::DayNotOver),
            ),
            ("payments-20261121.csv", midnight_ms, Ok(())),
            (
                "payments-20271121-x.csv",
                NOW_MS,
                Err(FileFault::DayNotOver),
            ),
            ("requests-20271121.csv", NOW_MS, Ok(())),
        ] {
            assert_eq!(day_is_over(name, now_ms), wanted, "{name} {now_ms}");
        }
    }

    #[test]
    fn a_manifest_is_strict() {
        let sha = "0".repeat(64);
        let with = |name: &str, sha: &str, v: i64| {
            let text =
                format!(r#"{{"v":{v},"files":[{{"name":"{name}","rows":1,"sha256":"{sha}"}}]}}"#);
            Dropped::parse(text.as_bytes()).map(|dropped| dropped.files.len())
        };
        assert_eq!(with("requests-1.csv", &sha, 1), Ok(1));
        for (name, sha, v) in [
            ("../x.csv", sha.as_str(), 1),
            ("requests-1.csv", "00", 1),
            ("requests-1.csv", &"F".repeat(64), 1),
            ("requests-1.csv", &sha, 2),
        ] {
            assert_eq!(
                with(name, sha, v),
                Err(FileFault::Manifest),
                "{name} {sha} {v}"
            );
        }
        assert_eq!(
            Dropped::parse(br#"{"v":1,"files":[]}"#),
            Err(FileFault::Manifest)
        );
        assert_eq!(Dropped::parse(b"{"), Err(FileFault::Manifest));
    }
}
