//! 结清证明: what a person holds in hand once nothing is owed any more. Printed, sealed by the institution, and in the evidence.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Loan, REPAYMENTS_MAX, State};
use super::plan::Sums;
use super::refusal::Refused;
use super::store;
use super::view;
use crate::access::{self, Institution};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Read, Write as _};
use crate::disbursement;
use crate::error::{Error, Result, Text};
use crate::id::InstitutionId;
use crate::jobs::{self, Job, Verdict};
use crate::journey::{self, JourneyId};
use crate::ledger::{self, Seat};
use crate::signing::{self, IssuedKind};
use crate::typeset::{Language, Meta};
use crate::vault::{self, ItemKind, Purpose};

const TEMPLATE: &str = include_str!("proof.typ");

/// Has the proof of a loan that is over printed and sealed; a second run finds the first one's and does nothing.
#[derive(Serialize, Deserialize)]
pub struct Prove {
    pub case: String,
}

/// Names the job of a loan's proof: one at a time.
pub fn name(loan: &Loan) -> String {
    format!("servicing-prove-{}", loan.id)
}

/// How far the proof of a loan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LoanProofState)]
pub enum ProofState {
    /// In the person's hand.
    Issued,
    Making,
    /// It could not be made, and nobody tries any more: staff have it made again.
    Failed,
}

/// How far the proof of a loan is; none while it runs.
pub async fn state(
    view: &impl Read,
    institution: &InstitutionId,
    loan: &Loan,
) -> Result<Option<ProofState>> {
    if loan.state == State::Running {
        return Ok(None);
    }
    if !signing::issued(view, &loan.case).await?.is_empty() {
        return Ok(Some(ProofState::Issued));
    }
    Ok(Some(
        match jobs::standing(view, institution, &name(loan)).await? {
            Some(Verdict::Waiting) => ProofState::Making,
            Some(Verdict::Dead) | None => ProofState::Failed,
        },
    ))
}

/// Has the proof of a loan that is over made again, where it could not be made.
pub async fn again(ctx: &Ctx, institution: &InstitutionId, case: &JourneyId) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    journey::known(&view, case).await?;
    let loan = store::find(&view, case.as_str())
        .await?
        .ok_or(Refused::NotPaid)?;
    match state(&view, institution, &loan).await? {
        None => return Err(Refused::StillRuns.into()),
        Some(ProofState::Issued | ProofState::Making) => return Ok(()),
        Some(ProofState::Failed) => {}
    }
    drop(view);
    let job = Prove {
        case: loan.case.clone(),
    };
    let row = jobs::enqueue_again(institution, &name(&loan), &job, ctx.clock.now_ms())?;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "the proof itself is the evidence")
        .await?;
    tx.exec_together(vec![row]).await?;
    tx.commit().await?;
    ctx.jobs_enqueued.notify_one();
    Ok(())
}

impl Job for Prove {
    const KIND: &'static str = "servicing.prove";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let view = ctx.db.read(&institution).await?;
        // Nobody is left to hold a proof where the person's data was destroyed.
        let Some(loan) = store::find(&view, &self.case).await? else {
            return Ok(());
        };
        let kind = match loan.state {
            State::Running => return Ok(()),
            State::Settled => IssuedKind::SettlementProof,
            State::CooledOff => IssuedKind::CoolingOffProof,
        };
        if !signing::issued(&view, &loan.case).await?.is_empty() {
            return Ok(());
        }
        let facts = Facts {
            house: access::institution(&view, &institution).await?,
            id_number_masked: vault::subject_in(&ctx, &view, &loan.subject, &loan.case)
                .await?
                .id_number_masked,
            principal: view::confirmed(&view, &loan)
                .await?
                .map(|confirmed| confirmed.sheet.principal),
            repaid: Sums::of(
                &store::repayments(&view, &loan.case, i64::try_from(REPAYMENTS_MAX)?).await?,
            )
            .total(),
            loan_number: disbursement::booking(&view, &loan.case)
                .await?
                .map(|booking| booking.loan_number),
        };
        drop(view);
        let name = open_name(&ctx, &institution, &loan).await?;
        let pdf = facts.print(&ctx, &institution, &loan, kind, &name).await?;
        signing::issue(&ctx, &institution, &loan.case, &loan.subject, kind, &pdf).await
    }
}

/// The person's name in clear, to stand on their own document; the opening is a fact.
async fn open_name(ctx: &Ctx, institution: &InstitutionId, loan: &Loan) -> Result<String> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "servicing")).await?;
    let (item, purpose) = (ItemKind::Name, Purpose::KeepContract);
    let name = vault::open(&mut tx, &loan.subject, &loan.case, item, purpose).await?;
    let name = ctx.typesetter.printable(name.expose());
    ledger::commit_recorded(tx).await?;
    Ok(name)
}

/// What the proof says beside the loan itself.
struct Facts {
    house: Institution,
    id_number_masked: String,
    /// Fen; unknown where nothing had been confirmed.
    principal: Option<i64>,
    repaid: i64,
    loan_number: Option<String>,
}

impl Facts {
    async fn print(
        &self,
        ctx: &Ctx,
        institution: &InstitutionId,
        loan: &Loan,
        kind: IssuedKind,
        name: &str,
    ) -> Result<Vec<u8>> {
        let now_ms = ctx.clock.now_ms();
        let document = signing::issued_name(&loan.case, kind);
        let data = json!({
            "title": kind.title(),
            "says": self.says(loan, kind, name),
            "institution_name": self.house.name,
            "hotline": self.house.hotline,
            "rows": self.rows(loan, name),
            "case": loan.case,
            "terms_digest": loan.terms_digest,
            "made_on": clock::civil_date(now_ms).to_string(),
        });
        let meta = Meta {
            title: format!("{} {}", kind.title().zh, loan.case),
            author: self.house.name.clone(),
            language: Language::Chinese,
            created: clock::timestamp(now_ms),
            address: Some(ledger::print_address(ctx, institution, &document)?),
            document_id: document,
        };
        let typesetter = ctx.typesetter.clone();
        tokio::task::spawn_blocking(move || {
            typesetter
                .pdf(TEMPLATE, &data, meta)
                .map_err(|cause| Error::Internal(Box::new(cause)))
        })
        .await?
    }

    fn says(&self, loan: &Loan, kind: IssuedKind, name: &str) -> Text {
        let (paid, ended) = (loan.paid_on, loan.ended_on.unwrap_or(loan.paid_on));
        let house = &self.house.name;
        match kind {
            IssuedKind::SettlementProof => Text::new(
                format!(
                    "兹证明：{name}于 {paid} 在{house}取得的借款，已于 {ended} 全部结清。该笔借款的本金、利息和各项费用均已还清，{house}不再就该笔借款收取任何款项。"
                ),
                format!(
                    "The loan paid out on {paid} was settled in full on {ended}. Principal, interest and every fee are paid, and the lender asks nothing more for it."
                ),
            ),
            IssuedKind::CoolingOffProof => Text::new(
                format!(
                    "兹证明：{name}于 {paid} 在{house}取得的借款，已在约定的期限内无理由退出，应退回的款项已于 {ended} 收到。该笔借款的还款义务就此终止，{house}不再收取任何利息和费用。"
                ),
                format!(
                    "The borrower withdrew from the loan paid out on {paid} within the days of the contract, and what was to be given back was received on {ended}. The loan is over, and the lender asks neither interest nor any fee."
                ),
            ),
        }
    }

    fn rows(&self, loan: &Loan, name: &str) -> Vec<(Text, String)> {
        let yuan = |fen: i64| format!("{} 元", cost::yuan(fen));
        let ended = loan.ended_on.map(|day| day.to_string());
        let rows = [
            (Text::new("借款人", "Borrower"), Some(name.to_owned())),
            (
                Text::new("证件号", "ID number"),
                Some(self.id_number_masked.clone()),
            ),
            (Text::new("借据号", "Loan number"), self.loan_number.clone()),
            (Text::new("借款本金", "Principal"), self.principal.map(yuan)),
            (
                Text::new("放款日", "Paid out on"),
                Some(loan.paid_on.to_string()),
            ),
            (Text::new("结束日", "Ended on"), ended),
            (
                Text::new("收到款项合计", "Received in all"),
                Some(yuan(self.repaid)),
            ),
        ];
        rows.into_iter()
            .filter_map(|(label, words)| Some((label, words?)))
            .collect()
    }
}
