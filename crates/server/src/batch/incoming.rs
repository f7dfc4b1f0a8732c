//! Taking what a lender dropped: each file once, each row as the request it is, and a file that answers.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::IncomingId;
use super::facts::NotTaken;
use super::model::{
    Dropped, DroppedFile, FileKind, FileState, Incoming, Row, RowOutcome, day_is_over, day_of,
    result_name,
};
use super::refusal::FileFault;
use super::store::incoming as store;
use super::table::{BYTES_MAX, Out, Table};
use super::taking::{self, Budget, ROWS_AT_ONCE};
use super::transport::{Found, Outcome, Place, Side};
use crate::access;
use crate::ctx::Ctx;
use crate::error::{Refuse as _, Result, Text};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact};

const MANIFEST: &str = ".manifest.json";
const MANIFEST_BYTES_MAX: u64 = 65_536;
/// Manifests that one look takes up.
const MANIFESTS_MAX: usize = 20;

/// Looks at everything that was dropped.
pub async fn take(
    ctx: &Ctx,
    institution: &InstitutionId,
    place: &Place<'_>,
) -> Result<Outcome<()>> {
    let found = match place.list(Side::In).await {
        Ok(found) => found,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let mut budget = Budget::default();
    let manifests = found.iter().filter(|file| file.name.ends_with(MANIFEST));
    for file in manifests.take(MANIFESTS_MAX) {
        let look = Look {
            ctx,
            institution,
            place,
            found: &found,
        };
        if let Err(trouble) = look.take(file, &mut budget).await? {
            return Ok(Err(trouble));
        }
    }
    Ok(Ok(()))
}

/// One manifest and what lies beside it.
struct Look<'a> {
    ctx: &'a Ctx,
    institution: &'a InstitutionId,
    place: &'a Place<'a>,
    found: &'a [Found],
}

/// What to do about a file.
enum Taken {
    Known(Incoming),
    Table(Incoming, Table),
}

impl Look<'_> {
    async fn take(&self, manifest: &Found, budget: &mut Budget) -> Result<Outcome<()>> {
        let bytes = match self.place.get(&manifest.name, MANIFEST_BYTES_MAX).await {
            Ok(bytes) => bytes,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let digest = hex(&bytes);
        let dropped = if bytes.len() as u64 > MANIFEST_BYTES_MAX {
            Err(FileFault::TooLarge)
        } else {
            Dropped::parse(&bytes)
        };
        let files = match dropped {
            Ok(dropped) => dropped.files,
            Err(fault) => {
                let file = DroppedFile {
                    name: manifest.name.clone(),
                    rows: 0,
                    sha256: digest.clone(),
                };
                let refused = self.refuse(&digest, &file, fault).await?;
                return self.close(manifest, &[(file.name, refused)]).await;
            }
        };
        let mut ended = Vec::new();
        for file in files {
            let incoming = match self.one(&digest, &file, budget).await? {
                Ok(incoming) => incoming,
                Err(trouble) => return Ok(Err(trouble)),
            };
            if incoming.state == FileState::Running {
                // The budget is spent.
                return Ok(Ok(()));
            }
            ended.push((file.name, incoming));
        }
        self.compare(&ended).await?;
        self.close(manifest, &ended).await
    }

    /// Has every day compared whose payments the manifest named, once.
    async fn compare(&self, ended: &[(String, Incoming)]) -> Result<()> {
        let days: BTreeSet<Date> = ended.iter().filter_map(|(name, _)| day_of(name)).collect();
        for day in days {
            let of_day = ended.iter().filter(|(name, _)| day_of(name) == Some(day));
            let files: Vec<&Incoming> = of_day.map(|(_, file)| file).collect();
            taking::compare_day(self.ctx, self.institution, day, &files).await?;
        }
        Ok(())
    }

    /// Goes on with one file, as far as the budget reaches.
    async fn one(
        &self,
        manifest: &str,
        file: &DroppedFile,
        budget: &mut Budget,
    ) -> Result<Outcome<Incoming>> {
        let (mut incoming, table) = match self.taken(manifest, file).await? {
            Ok(Taken::Known(incoming)) => return Ok(Ok(incoming)),
            Ok(Taken::Table(incoming, table)) => (incoming, table),
            Err(trouble) => return Ok(Err(trouble)),
        };
        let seat = taking::seat(self.institution, &incoming.id);
        incoming = taking::go_on(self.ctx, &seat, incoming, &table, budget).await?;
        Ok(Ok(incoming))
    }

    /// A file as it is known, with its table while rows are left.
    async fn taken(&self, manifest: &str, file: &DroppedFile) -> Result<Outcome<Taken>> {
        let view = self.ctx.db.read(self.institution).await?;
        let known = store::known(&view, manifest, file).await?;
        drop(view);
        // Dropped once more it may be in order now.
        let known = known.filter(|known| !known.fault.is_some_and(FileFault::passes));
        if let Some(known) = &known
            && known.state != FileState::Running
        {
            return Ok(Ok(Taken::Known(known.clone())));
        }
        let table = match self.read(file).await {
            Ok(Ok(table)) => table,
            Ok(Err(fault)) => {
                let refused = match &known {
                    // It began well and is gone or another file now. Dropped anew, it begins anew.
                    Some(known) => {
                        let seat = taking::seat(self.institution, &known.id);
                        taking::break_off(self.ctx, &seat, &known.id, fault).await?
                    }
                    None => self.refuse(manifest, file, fault).await?,
                };
                return Ok(Ok(Taken::Known(refused)));
            }
            Err(trouble) => return Ok(Err(trouble)),
        };
        let incoming = match known {
            Some(known) => known,
            None => {
                let now_ms = self.ctx.clock.now_ms();
                let incoming = self.incoming(manifest, file, now_ms);
                let seat = taking::seat(self.institution, &incoming.id);
                let mut tx = ledger::begin(self.ctx, &seat).await?;
                taking::receive(&mut tx, &incoming).await?;
                ledger::commit_recorded(tx).await?;
                incoming
            }
        };
        Ok(Ok(Taken::Table(incoming, table)))
    }

    /// Reads a file and looks through all of it.
    async fn read(&self, file: &DroppedFile) -> Outcome<Result<Table, FileFault>> {
        let kind = match FileKind::of(&file.name) {
            Ok(kind) => kind,
            Err(fault) => return Ok(Err(fault)),
        };
        if let Err(fault) = day_is_over(&file.name, self.ctx.clock.now_ms()) {
            return Ok(Err(fault));
        }
        let Some(found) = self.found.iter().find(|found| found.name == file.name) else {
            return Ok(Err(FileFault::Missing));
        };
        if found.bytes > BYTES_MAX {
            return Ok(Err(FileFault::TooLarge));
        }
        let bytes = self.place.get(&file.name, BYTES_MAX).await?;
        if bytes.len() as u64 > BYTES_MAX {
            return Ok(Err(FileFault::TooLarge));
        }
        if hex(&bytes) != file.sha256 {
            return Ok(Err(FileFault::Digest));
        }
        let table = Table::read(kind, &bytes);
        Ok(table.and_then(|table| {
            let rows = i64::try_from(table.rows()).unwrap_or(i64::MAX);
            (rows == file.rows).then_some(table).ok_or(FileFault::Rows)
        }))
    }

    fn incoming(&self, manifest: &str, file: &DroppedFile, now_ms: i64) -> Incoming {
        Incoming {
            id: IncomingId::fresh(now_ms, &self.ctx.random),
            name: file.name.clone(),
            kind: FileKind::of(&file.name).unwrap_or(FileKind::Other),
            sha256: file.sha256.clone(),
            manifest: manifest.to_owned(),
            state: FileState::Running,
            fault: None,
            rows: file.rows,
            rows_done: 0,
            rows_refused: 0,
            received_at_ms: now_ms,
            ended_at_ms: None,
            compared_at_ms: None,
            api_key: None,
        }
    }

    async fn refuse(
        &self,
        manifest: &str,
        file: &DroppedFile,
        fault: FileFault,
    ) -> Result<Incoming> {
        let view = self.ctx.db.read(self.institution).await?;
        let known = store::known(&view, manifest, file).await?;
        if let Some(known) = known.filter(|known| known.fault == Some(fault)) {
            return Ok(known);
        }
        drop(view);
        let now_ms = self.ctx.clock.now_ms();
        let incoming = Incoming {
            state: FileState::Refused,
            fault: Some(fault),
            ended_at_ms: Some(now_ms),
            ..self.incoming(manifest, file, now_ms)
        };
        let seat = taking::seat(self.institution, &incoming.id);
        let mut tx = ledger::begin(self.ctx, &seat).await?;
        store::insert(&mut tx, &incoming).await?;
        let fact = NotTaken {
            sha256: &incoming.sha256,
            reason: fault.code(),
        };
        ledger::commit(tx, Fact::of(&incoming.id, &fact)?).await?;
        Ok(incoming)
    }

    /// Answers every file, and then renames the manifest: what was answered is not looked at again.
    async fn close(&self, manifest: &Found, ended: &[(String, Incoming)]) -> Result<Outcome<()>> {
        let mut answers = Vec::new();
        for (name, incoming) in ended {
            let bytes = self.answer(incoming).await?;
            answers.push((result_name(name), bytes));
        }
        if let Err(trouble) = self.place.put(&answers).await {
            return Ok(Err(trouble));
        }
        let done = format!("{}.done", manifest.name);
        if let Err(trouble) = self.place.rename(&manifest.name, &done).await {
            return Ok(Err(trouble));
        }
        let files: Vec<&Incoming> = ended.iter().map(|(_, file)| file).collect();
        taking::answered(self.ctx, self.institution, &files).await?;
        Ok(Ok(()))
    }

    async fn answer(&self, incoming: &Incoming) -> Result<Vec<u8>> {
        let mut out = Out::new(RESULT)?;
        if let Some(fault) = incoming.fault {
            let Text { zh, en } = fault.text();
            let row = Row {
                no: 0,
                outcome: RowOutcome::Refused,
                code: Some(fault.code().to_owned()),
                field: None,
                journey: None,
                message_zh: Some(zh.into_owned()),
                message_en: Some(en.into_owned()),
            };
            out.row(&cells(row, None))?;
        }
        let view = self.ctx.db.read(self.institution).await?;
        let mut after = 0;
        loop {
            let page = store::rows(&view, &incoming.id, "", after, ROWS_AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = last.no;
            for row in page {
                let link = match (&row.journey, incoming.kind) {
                    (Some(case), FileKind::Requests) => {
                        match access::live_link(self.ctx, &view, case).await? {
                            Some(link) => {
                                Some(access::link_url(self.ctx, &view, link.id.as_str()).await?)
                            }
                            None => None,
                        }
                    }
                    _ => None,
                };
                out.row(&cells(row, link))?;
            }
        }
        Ok(out.end()?.0)
    }
}

const RESULT: &[&str] = &[
    "row",
    "outcome",
    "code",
    "field",
    "journey",
    "link",
    "message_zh",
    "message_en",
];

fn cells(row: Row, link: Option<String>) -> Vec<String> {
    vec![
        row.no.to_string(),
        row.outcome.as_str().to_owned(),
        row.code.unwrap_or_default(),
        row.field.unwrap_or_default(),
        row.journey.unwrap_or_default(),
        link.unwrap_or_default(),
        row.message_zh.unwrap_or_default(),
        row.message_en.unwrap_or_default(),
    ]
}

pub(super) fn hex(bytes: &[u8]) -> String {
    proof::hex::encode(&proof::digest::sha256(bytes))
}
