//! The documents of a set are set once, in the background.

use serde::{Deserialize, Serialize};

use super::actions::intents::record;
use super::authority;
use super::facts::{Ready, Rendered, Revoked};
use super::files;
use super::intent::{Intent, IntentId, State};
use super::paper::{Given, Paper, Person};
use super::print::{document_name, print, printable};
use super::store::{attempts, intents as store, templates};
use super::tries::AttemptId;
use crate::access;
use crate::ctx::Ctx;
use crate::disclosure;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};
use crate::ledger::{self, Seat};
use crate::vault::{self, ItemKind, Purpose};

pub fn jobs() -> Vec<Handler> {
    vec![handler::<Render>(), handler::<Revoke>()]
}

/// Sets the documents of a set; a second run finds the first one's digests and goes on from there.
#[derive(Serialize, Deserialize)]
pub struct Render {
    pub intent: String,
}

impl Job for Render {
    const KIND: &'static str = "signing.render";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = IntentId::parse(&self.intent)?;
        let view = ctx.db.read(&institution).await?;
        let intent = store::find(&view, &id).await?;
        drop(view);
        if intent.state != State::Preparing {
            return Ok(());
        }
        let person = open_person(&ctx, &institution, &intent).await?;
        for place in 0..intent.documents.len() {
            if intent.documents[place].pdf_digest.is_none() {
                one(&ctx, &institution, &intent, place, &person).await?;
            }
        }
        Ok(())
    }
}

/// The person in clear, under the grant of the set; the openings are facts.
async fn open_person(ctx: &Ctx, institution: &InstitutionId, intent: &Intent) -> Result<Person> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "signing")).await?;
    let mut clear = Vec::with_capacity(3);
    for item in [ItemKind::Name, ItemKind::IdNumber, ItemKind::Phone] {
        let value = vault::open(
            &mut tx,
            &intent.subject,
            &intent.case,
            item,
            Purpose::SignContract,
        )
        .await?;
        clear.push(value.expose().clone());
    }
    ledger::commit_recorded(tx).await?;
    let [name, id_number, phone]: [String; 3] = clear
        .try_into()
        .map_err(|_| Error::internal("three items"))?;
    Ok(Person {
        name,
        id_number,
        phone,
        account_masked: intent.particulars.account_masked.clone(),
    })
}

/// Sets one document and swears to it; the last one makes the set ready.
async fn one(
    ctx: &Ctx,
    institution: &InstitutionId,
    intent: &Intent,
    place: usize,
    person: &Person,
) -> Result<()> {
    let paper = printable(ctx, fill(ctx, institution, intent, place, person).await?);
    let words = proof::canonical::to_vec(&paper)?;
    let name = document_name(&intent.id, intent.documents[place].place);
    let address = ledger::print_address(ctx, institution, &name)?;
    let pdf = print(ctx, &paper, Some(address)).await?;
    let kept_words = files::keep(ctx, institution, &intent.case, &intent.subject, &words).await?;
    let kept_pdf = files::keep(ctx, institution, &intent.case, &intent.subject, &pdf).await?;

    let mut tx = ledger::begin(ctx, &Seat::system(institution, "signing")).await?;
    let mut now = store::lock(&tx, &intent.id).await?;
    // Other terms in between: nobody will sign this.
    if now.state != State::Preparing || now.documents[place].pdf_digest.is_some() {
        return Ok(());
    }
    let document = &mut now.documents[place];
    document.paper_digest = Some(kept_words.sha256.clone());
    document.pdf_digest = Some(kept_pdf.sha256.clone());
    document.pdf_bytes = kept_pdf.bytes;
    store::save_document(&mut tx, &now.id, &now.documents[place]).await?;
    let rendered = Rendered {
        intent: now.id.as_str(),
        code: &now.documents[place].code,
        paper_sha256: &kept_words.sha256,
        pdf_sha256: &kept_pdf.sha256,
        pdf_sm3: &kept_pdf.sm3,
        bytes: kept_pdf.bytes,
    };
    record(&mut tx, &now, &rendered)?;
    if let Some(digested) = now.digested() {
        let digest = files::sha256(&proof::canonical::to_vec(&digested)?);
        now.set_digest = Some(digest.clone());
        now.state = State::Ready;
        let ready = Ready {
            intent: now.id.as_str(),
            set_digest: &digest,
        };
        record(&mut tx, &now, &ready)?;
    }
    store::save(&mut tx, &now).await?;
    ledger::commit_recorded(tx).await
}

async fn fill(
    ctx: &Ctx,
    institution: &InstitutionId,
    intent: &Intent,
    place: usize,
    person: &Person,
) -> Result<Paper> {
    let view = ctx.db.read(institution).await?;
    let template = templates::find(&view, &intent.documents[place].template).await?;
    let house = access::institution(&view, institution).await?;
    let sheet = disclosure::find(&view, &intent.case)
        .await?
        .filter(|sheet| sheet.terms_digest == intent.terms_digest)
        .ok_or_else(|| Error::internal("a set whose terms are no longer in force"))?;
    drop(view);
    let given = Given {
        case: &intent.case,
        signer: intent.signer,
        person: person.clone(),
        purpose: intent.particulars.purpose.clone(),
        institution_name: &house.name,
        hotline: &house.hotline,
        sheet: &sheet.shown()?.sheet,
        terms_digest: &intent.terms_digest,
        made_at_ms: intent.prepared_at_ms,
    };
    Paper::fill(&template.document, &template.digest, &given)
        .ok_or_else(|| Error::internal("a template with a gap that nothing fills"))
}

/// Tells the authority outside that the certificate of an abandoned try must not count.
#[derive(Serialize, Deserialize)]
pub struct Revoke {
    pub attempt: String,
}

impl Job for Revoke {
    const KIND: &'static str = "signing.revoke";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let view = ctx.db.read(&institution).await?;
        let house = access::institution(&view, &institution).await?;
        let attempt = attempts::find(&view, &AttemptId::parse(&self.attempt)?).await?;
        let intent = store::of_attempt(&view, &attempt).await?;
        drop(view);
        authority::revoke(&ctx, &house, &self.attempt).await?;
        // Whose data was destroyed has no case any more that a fact could belong to.
        let Some(intent) = intent else { return Ok(()) };
        let mut tx = ledger::begin(&ctx, &Seat::system(&institution, "signing")).await?;
        let revoked = Revoked {
            attempt: attempt.id.as_str(),
            certificate_sha256: attempt.certificate.as_deref(),
        };
        record(&mut tx, &intent, &revoked)?;
        ledger::commit_recorded(tx).await
    }
}
