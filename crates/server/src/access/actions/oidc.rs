//! Signing in with the institution's own provider (OpenID Connect, code flow with PKCE). It says who someone is; only staff
//! who are here already come in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, TokenResponse as _,
};
use serde_json::Value;

use super::factors::STAFF_KEY;
use super::institutions::institution;
use super::links::base_url;
use super::loosenings;
use super::refusals::refuse_later;
use super::sign_in::{Entered, begin};
use crate::access::facts::{SignInProviderRemoved, SignInProviderSet};
use crate::access::model::{Loosening, LooseningId, Method, OidcProvider, Right, StaffState};
use crate::access::refusal::Refusal;
use crate::access::session::Visitor;
use crate::access::store::oidc::{self, Stored};
use crate::access::{Staff, store, token};
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::db::{Read, Scope};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::keys::{self, Key};
use crate::ledger::{self, Fact, Tx};
use crate::outward::{self, Loopback, Reach, Unanswered};
use crate::vault::Private;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

fn key(ctx: &Ctx) -> Result<Key> {
    ctx.keys.get_or_create(STAFF_KEY, &ctx.random)
}

/// Plain http on this very machine is for the demo; inner networks are the operator's to open, to one institution each.
fn reach(ctx: &Ctx, code: &str) -> Reach {
    let inner = ctx.config.outward.sign_in.get(code);
    Reach {
        loopback: match ctx.config.server.mode {
            Mode::Demo => Loopback::Allowed,
            Mode::Production => Loopback::Refused,
        },
        inner: inner.map(|nets| nets.0.clone()).unwrap_or_default(),
    }
}

fn place(institution: &InstitutionId) -> [&[u8]; 2] {
    [b"oidc", institution.as_str().as_bytes()]
}

/// Where the provider sends people back to; the institution tells it to its provider.
pub async fn redirect_uri(ctx: &Ctx, view: &impl Read) -> Result<String> {
    Ok(format!("{}/console/signed-in", base_url(ctx, view).await?))
}

/// Proposes a provider that says who the institution's staff are; without a secret the one that is known stays.
pub async fn propose_provider(
    ctx: &Ctx,
    staff: &Staff,
    provider: &OidcProvider,
    secret: Option<&Private<String>>,
) -> Result<LooseningId> {
    staff.must_now(Right::ManageSettings, ctx.clock.now_ms())?;
    let faults = provider.check();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let view = ctx.db.read(&staff.institution).await?;
    let lender = institution(&view, &staff.institution).await?;
    drop(view);
    if outward::parse(&provider.issuer, reach(ctx, &lender.code)).is_err() {
        return Err(Error::field(
            "issuer",
            "address_malformed",
            "应为 https 地址；在内部网络里的，须由运维在配置中放行。",
            "An https address; one in an inner network has to be opened in the operator's configuration.",
        ));
    }
    let fresh = match secret {
        Some(secret) => {
            let plain = secret.expose().as_bytes();
            Some(keys::seal(
                &key(ctx)?,
                &ctx.random,
                &place(&staff.institution),
                plain,
            )?)
        }
        None => None,
    };
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        // A known secret goes to nobody but whom it was made for.
        let known = oidc::find(&tx).await?;
        let known = known.filter(|known| known.provider.issuer == provider.issuer);
        let sealed = fresh.clone().or(known.map(|known| known.secret_sealed));
        let Some(sealed) = sealed else {
            let (zh, en) = ("请填写客户端密钥。", "Give the client's secret.");
            return Err(Error::field("secret", "required", zh, en));
        };
        let loosening = Loosening::SignInProvider(provider.clone());
        let id = loosenings::propose(&mut tx, staff, loosening, Some(sealed)).await?;
        ledger::commit_recorded(tx).await?;
        Ok(id)
    })
    .await
}

/// Puts a provider in force in the transaction of whoever agreed.
pub(super) async fn put(
    tx: &mut Tx,
    provider: &OidcProvider,
    secret_sealed: Option<Vec<u8>>,
) -> Result<()> {
    let sealed = secret_sealed.ok_or_else(|| Error::internal("a provider without a secret"))?;
    let (institution, now_ms) = (tx.seat().institution.clone(), tx.now_ms());
    oidc::set(tx, provider, sealed, now_ms).await?;
    let fact = SignInProviderSet {
        issuer: &provider.issuer,
        client_id: &provider.client_id,
        claim: &provider.claim,
        acr: provider.acr.as_deref(),
        amr: provider.amr.as_deref(),
    };
    tx.record(Fact::of(&institution, &fact)?);
    Ok(())
}

/// From now on nobody comes in by the provider.
pub async fn remove_provider(ctx: &Ctx, staff: &Staff) -> Result<()> {
    staff.must_now(Right::ManageSettings, ctx.clock.now_ms())?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, &staff.seat()).await?;
        let known = oidc::find(&tx).await?.ok_or_else(Error::not_found)?;
        oidc::remove(&mut tx).await?;
        let fact = SignInProviderRemoved {
            issuer: &known.provider.issuer,
        };
        ledger::commit(tx, Fact::of(&staff.institution, &fact)?).await
    })
    .await
}

/// A way to the provider: where the browser goes, and what it keeps until it is back.
pub struct Way {
    pub location: String,
    pub attempt: Private<String>,
}

/// A provider in force, and how to speak with it.
struct Known {
    institution: InstitutionId,
    stored: Stored,
    /// Where it sends people back to.
    back: String,
    /// Also for what its description names: a public provider leads nobody inside.
    reach: Reach,
}

async fn provider_of(ctx: &Ctx, code: &str) -> Result<Known> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let lender = store::institutions::by_code(&view, code).await?;
    let lender = lender.ok_or(Refusal::ProviderNone)?;
    drop(view);
    let view = ctx.db.read(&lender.id).await?;
    let stored = oidc::find(&view).await?.ok_or(Refusal::ProviderNone)?;
    let back = redirect_uri(ctx, &view).await?;
    drop(view);
    Ok(Known {
        reach: outward::reach_from(&stored.provider.issuer, reach(ctx, code)).await,
        institution: lender.id,
        stored,
        back,
    })
}

async fn asked(request: HttpRequest, reach: Reach) -> Result<HttpResponse, Unanswered> {
    outward::ask(request, reach).await
}

/// The provider as it describes itself now; its keys come with it.
async fn client(ctx: &Ctx, known: &Known) -> Result<Client> {
    let stored = &known.stored;
    let http = |request| asked(request, known.reach.clone());
    let issuer = IssuerUrl::new(stored.provider.issuer.clone());
    let issuer = issuer.map_err(|cause| Error::Internal(Box::new(cause)))?;
    let described = CoreProviderMetadata::discover_async(issuer, &http)
        .await
        .map_err(|cause| unreachable(&cause))?;
    let secret = keys::unseal(
        &key(ctx)?,
        &place(&known.institution),
        &stored.secret_sealed,
    )?;
    let secret = String::from_utf8(secret.to_vec())
        .map_err(|_| Error::internal("a client's secret is no text"))?;
    let id = ClientId::new(stored.provider.client_id.clone());
    let back =
        RedirectUrl::new(known.back.clone()).map_err(|cause| Error::Internal(Box::new(cause)))?;
    let client = CoreClient::from_provider_metadata(described, id, Some(ClientSecret::new(secret)));
    Ok(client.set_redirect_uri(back))
}

/// What went wrong is the institution's administrator's to know; it holds nothing of a person.
fn unreachable(cause: &impl std::error::Error) -> Error {
    tracing::warn!(%cause, "a sign-in provider did not answer as it should");
    Refusal::ProviderUnreachable.into()
}

/// Words that belong to one attempt: what travels, and what the provider must say again.
struct Words {
    state: String,
    nonce: String,
    verifier: String,
}

fn words(key: &Key, attempt: &str) -> Words {
    let word = |what: &[u8]| {
        let parts: [&[u8]; 3] = [b"xiaobao/oidc/v1", what, attempt.as_bytes()];
        URL_SAFE_NO_PAD.encode(keys::mac(key, &parts))
    };
    Words {
        state: word(b"state"),
        nonce: word(b"nonce"),
        verifier: word(b"verifier"),
    }
}

/// Begins to sign in with the provider of an institution.
pub async fn begin_signing_in(ctx: &Ctx, code: &str) -> Result<Way> {
    let known = provider_of(ctx, code).await?;
    let client = client(ctx, &known).await?;
    let key = key(ctx)?;
    let attempt = token::oidc_attempt(&key, &ctx.random, code, ctx.clock.now_ms());
    let words = words(&key, attempt.expose());
    let verifier = PkceCodeVerifier::new(words.verifier);
    let asked = client.authorize_url(
        CoreAuthenticationFlow::AuthorizationCode,
        || CsrfToken::new(words.state),
        || Nonce::new(words.nonce),
    );
    let asked = asked.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
    let asked = asked.add_scope(openidconnect::Scope::new("profile".to_owned()));
    let asked = match &known.stored.provider.acr {
        Some(acr) => asked
            .add_auth_context_value(openidconnect::AuthenticationContextClass::new(acr.clone())),
        None => asked,
    };
    let (location, _, _) = asked.url();
    Ok(Way {
        location: location.to_string(),
        attempt,
    })
}

/// Comes back from the provider with its code, in the browser that went there.
pub async fn finish_signing_in(
    ctx: &Ctx,
    visitor: &Visitor,
    attempt: &Private<String>,
    (code, state): (&Private<String>, &Private<String>),
) -> Result<Entered> {
    let key = key(ctx)?;
    let now_ms = ctx.clock.now_ms();
    let lender = token::read_oidc_attempt(&key, attempt.expose(), now_ms);
    let lender = lender.ok_or(Refusal::ProviderTooLate)?;
    let words = words(&key, attempt.expose());
    if !token::equal(&words.state, state.expose()) {
        return Err(Refusal::ProviderTooLate.into());
    }
    let known = provider_of(ctx, lender).await?;
    let client = client(ctx, &known).await?;
    let claims = claims(&known.reach, &client, code, words).await?;
    let (institution, provider) = (known.institution, &known.stored.provider);
    let account = provider.account(&claims).ok_or(Refusal::ProviderRefused)?;
    let view = ctx.db.read(&institution).await?;
    let found = store::staff::by_account(&view, account).await?;
    drop(view);
    let row = found.ok_or(Refusal::ProviderUnknown)?;
    if row.state() != StaffState::Active {
        refuse_later(ctx, &institution, Some(row.id)).await?;
        return Err(Refusal::ProviderUnknown.into());
    }
    let method = if provider.assures() {
        Method::OidcAssured
    } else {
        Method::Oidc
    };
    ledger::retrying(|| begin(ctx, &institution, &row, visitor, method)).await
}

/// Trades the code for a token and checks it: signature, issuer, audience, time and nonce. Answers what it claims.
async fn claims(
    reach: &Reach,
    client: &Client,
    code: &Private<String>,
    words: Words,
) -> Result<Value> {
    let http = |request| asked(request, reach.clone());
    let traded = client
        .exchange_code(AuthorizationCode::new(code.expose().clone()))
        .map_err(|cause| unreachable(&cause))?
        .set_pkce_verifier(PkceCodeVerifier::new(words.verifier))
        .request_async(&http)
        .await
        .map_err(|_| Refusal::ProviderRefused)?;
    let id_token = traded.id_token().ok_or(Refusal::ProviderRefused)?;
    let verifier = client.id_token_verifier();
    id_token
        .claims(&verifier, &Nonce::new(words.nonce))
        .map_err(|_| Refusal::ProviderRefused)?;
    // Checked above; read once more for claims of any name.
    let text = id_token.to_string();
    let payload = text.split('.').nth(1).ok_or(Refusal::ProviderRefused)?;
    let payload = URL_SAFE_NO_PAD.decode(payload);
    let payload = payload.map_err(|_| Refusal::ProviderRefused)?;
    Ok(serde_json::from_slice(&payload)?)
}
