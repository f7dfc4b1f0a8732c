//! Settings of an institution: read, changed by version, and what follows from them.

use super::loosenings;
use crate::access::Staff;
use crate::access::facts::SettingsChanged;
use crate::access::model::{Loopback, Loosening, Settings, cleaned_logo, parted};
use crate::access::refusal::Refusal;
use crate::access::store;
use crate::access::store::settings::Stored;
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat, Tx};

/// The settings of the view's institution; version 0 is what it was founded with.
pub async fn settings(view: &impl Read) -> Result<Stored> {
    if let Some(stored) = store::settings::newest(view).await? {
        return Ok(stored);
    }
    let institution = super::institutions::institution(view, view.institution()?).await?;
    Ok(Stored {
        version: 0,
        settings: Settings {
            short_name: institution.short_name,
            hotline: institution.hotline,
            ..Settings::default()
        },
        changed_at_ms: 0,
    })
}

pub(super) fn must_hold(ctx: &Ctx, wanted: &Settings) -> Result<()> {
    let loopback = match ctx.config.server.mode {
        Mode::Demo => Loopback::Allowed,
        Mode::Production => Loopback::Denied,
    };
    let fields = wanted.check(loopback, &ctx.config.public_url());
    if fields.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(fields))
    }
}

/// Puts settings in force that were made from this version of them; their logo stays as it is.
pub async fn change_settings(
    ctx: &Ctx,
    seat: &Seat,
    from_version: i64,
    wanted: &Settings,
) -> Result<Stored> {
    must_hold(ctx, wanted)?;
    ledger::retrying(|| {
        change(ctx, seat, Some(from_version), |known| Settings {
            logo: known.logo.clone(),
            ..wanted.clone()
        })
    })
    .await
}

/// The same by a member of staff: what makes it easier to get in, or moves where borrowers are led, waits for a second
/// person, and the rest comes into force.
pub async fn change_by_staff(
    ctx: &Ctx,
    staff: &Staff,
    from_version: i64,
    wanted: &Settings,
) -> Result<Stored> {
    must_hold(ctx, wanted)?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        let known = settings(&tx).await?;
        if from_version != known.version {
            return Err(Refusal::SettingsChanged.into());
        }
        let wanted = Settings {
            logo: known.settings.logo.clone(),
            ..wanted.clone()
        };
        let (now, waiting) = parted(&known.settings, &wanted);
        if now == known.settings && waiting.is_empty() {
            return Ok(known);
        }
        for loosening in waiting {
            if let Loosening::OwnDomain(host) = &loosening {
                must_be_free(&tx, host).await?;
            }
            loosenings::propose(&mut tx, staff, loosening, None).await?;
        }
        let stored = put(&mut tx, known, now).await?;
        ledger::commit_recorded(tx).await?;
        Ok(stored)
    })
    .await
}

/// Refuses a host that is another institution's already.
async fn must_be_free(view: &impl Read, host: &str) -> Result<()> {
    match store::settings::owner(view, host).await? {
        Some(owner) if owner != *view.institution()? => Err(Refusal::DomainTaken.into()),
        _ => Ok(()),
    }
}

/// Puts a logo in force, or none; what travels inside the picture beside the picture is left out.
pub async fn change_logo(ctx: &Ctx, seat: &Seat, png: Option<&[u8]>) -> Result<Stored> {
    let digest = match png {
        None => None,
        Some(bytes) => {
            let clean = cleaned_logo(bytes).ok_or_else(|| {
                Error::field(
                    "logo",
                    "logo_malformed",
                    "应为 PNG 图片，不超过 100 KB，边长不超过 1024 像素。",
                    "A PNG of at most 100 KB and 1,024 pixels a side.",
                )
            })?;
            let digest = proof::hex::encode(&proof::digest::sha256(&clean));
            ctx.blobs
                .put_once(&logo_key(&seat.institution, &digest), clean)
                .await?;
            Some(digest)
        }
    };
    ledger::retrying(|| {
        change(ctx, seat, None, |known| Settings {
            logo: digest.clone(),
            ..known.clone()
        })
    })
    .await
}

async fn change(
    ctx: &Ctx,
    seat: &Seat,
    from_version: Option<i64>,
    make: impl Fn(&Settings) -> Settings,
) -> Result<Stored> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let known = settings(&tx).await?;
    if from_version.is_some_and(|from| from != known.version) {
        return Err(Refusal::SettingsChanged.into());
    }
    let wanted = make(&known.settings);
    if wanted == known.settings {
        return Ok(known);
    }
    let stored = put(&mut tx, known, wanted).await?;
    ledger::commit_recorded(tx).await?;
    Ok(stored)
}

/// Puts other settings in force in the caller's transaction.
pub(super) async fn put(tx: &mut Tx, known: Stored, wanted: Settings) -> Result<Stored> {
    let changed = wanted.changed(&known.settings);
    if changed.is_empty() {
        return Ok(known);
    }
    let stored = Stored {
        version: known.version + 1,
        settings: wanted,
        changed_at_ms: tx.now_ms(),
    };
    let seat = tx.seat().clone();
    store::settings::insert(tx, &stored, &seat.id).await?;
    let settings = &stored.settings;
    if changed.contains(&"own_domain")
        && !store::settings::own(tx, settings.own_domain.as_deref()).await?
    {
        return Err(Refusal::DomainTaken.into());
    }
    store::institutions::rename(tx, &settings.short_name, &settings.hotline).await?;
    let digest = proof::digest::sha256(&proof::canonical::to_vec(settings)?);
    let fact = SettingsChanged {
        version: stored.version,
        digest: &proof::hex::encode(&digest),
        changed,
    };
    tx.record(Fact::of(&seat.institution, &fact)?);
    Ok(stored)
}

/// Where the file of a logo lies.
fn logo_key(institution: &InstitutionId, digest: &str) -> String {
    format!("{institution}/logo/{digest}.png")
}

/// The logo in force, if its digest is the one asked for.
pub async fn logo(ctx: &Ctx, institution: &InstitutionId, digest: &str) -> Result<Vec<u8>> {
    let view = ctx.db.read(institution).await?;
    let known = settings(&view).await?.settings.logo;
    drop(view);
    if known.as_deref() != Some(digest) {
        return Err(Error::not_found());
    }
    ctx.blobs
        .get(&logo_key(institution, digest))
        .await?
        .ok_or_else(|| Error::internal("a logo without its file"))
}

/// Whose pages a host shows, if it is an institution's own.
pub async fn institution_of_host(ctx: &Ctx, host: &str) -> Result<Option<InstitutionId>> {
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let view = ctx.db.read(crate::db::Scope::Unscoped).await?;
    store::settings::owner(&view, &host.to_ascii_lowercase()).await
}
