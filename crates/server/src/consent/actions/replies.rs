//! What a person answers to a message.

use super::consents::withdraw;
use crate::access::{self, Reach};
use crate::consent::facts::OptedOut;
use crate::consent::model::ConsentKind;
use crate::consent::store::{Whose, consents, outreach, replies};
use crate::contacts;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Changed, Fact, Seat};
use crate::vault::{self, ItemKind, Known, Private};

/// What a marketing message offers as an answer, and how else people say it.
const NO_MORE: [&str; 6] = ["R", "TD", "T", "退订", "拒收", "不要再发"];

/// More consents to marketing than this has nobody.
const CONSENTS_MAX: i64 = 50;

fn says_no_more(text: &str) -> bool {
    let text = text.trim().trim_end_matches(['。', '.', '!', '！']);
    NO_MORE.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Takes a reply once: one that asks for no more takes back the consent to marketing of every case that the phone serves,
/// and removes whoever was named with it.
pub async fn take(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &str,
    from: &Private<String>,
    text: &str,
) -> Result<()> {
    if !says_no_more(text) {
        return Ok(());
    }
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "consent.reply")).await?;
    access::institution(&tx, institution).await?;
    let now_ms = tx.now_ms();
    if !replies::note(&mut tx, id, now_ms).await? {
        return Ok(());
    }
    let (mut withdrawn, mut advertised_ms) = (0, None);
    for subject in vault::search(ctx, &tx, ItemKind::Phone, from.expose()).await? {
        let filter = consents::Filter {
            whose: Whose::of(&subject),
            kind: ConsentKind::Marketing.as_str().to_owned(),
            // One that was taken back may still have had the last message.
            state: String::new(),
        };
        for given in consents::list(&tx, &filter, "", CONSENTS_MAX).await? {
            // What is sent to this phone, and nothing that goes to another of the person's.
            let (serving, phone) = (Known::Serving, (ItemKind::Phone, from));
            if !vault::has(ctx, &tx, (&subject, &given.case), serving, phone).await? {
                continue;
            }
            let sent_ms = outreach::last_sent(&tx, &subject, &given.case).await?;
            advertised_ms = advertised_ms.max(sent_ms);
            let reach = Reach::Case(subject.clone(), given.case.clone());
            // One may have gone with another wording of the same notice.
            let given = consents::lock(&tx, &given.id).await?;
            if given.live(now_ms) && withdraw(&mut tx, &reach, &given.id).await? == Changed::Yes {
                withdrawn += 1;
            }
        }
    }
    // Whoever was named by a borrower answers their message the same way, if that is the one they had last.
    contacts::refuse_told(&mut tx, from, advertised_ms).await?;
    let fact = Fact::of(
        institution.as_str(),
        &OptedOut {
            reply: id,
            withdrawn,
        },
    )?;
    ledger::commit(tx, fact).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_no_is_heard_however_it_is_written_and_nothing_else_is() {
        for (text, no) in [
            ("R", true),
            (" r ", true),
            ("td", true),
            ("退订", true),
            ("拒收。", true),
            ("", false),
            ("RR", false),
            ("不退订", false),
            ("谢谢", false),
        ] {
            assert_eq!(says_no_more(text), no, "{text}");
        }
    }
}
