//! Signing in and out of the console.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;
use webauthn_rs::prelude::PublicKeyCredential;

use crate::access::actions::sign_in::{self, Entered};
use crate::access::actor::{Halfway, Own};
use crate::access::model::{Factor, Given, Institution, Right, Stage};
use crate::access::session::{STAFF_COOKIE, STAFF_PATH, Visitor};
use crate::access::{Staff, institution, sign_out};
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{Body, Routes, Stranger, no_content, set_cookie};
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(begin_session, show_session, end_session))
        .routes(routes!(second_factor))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    institution: String,
    account: String,
    password: Private<String>,
}

/// How far a sign-in came.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SignInView {
    /// `second_factor`: one more step; `enrol`: inside, to set up a second factor first; `full`: inside.
    stage: Stage,
    /// What can be given as second factor.
    factors: Vec<Factor>,
    /// Earlier sign-ins are known, none of them from this device and network.
    elsewhere: bool,
    /// Whoever is inside.
    staff: Option<StaffView>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct StaffView {
    id: String,
    name: String,
    account: String,
    badge: String,
    institution: StaffInstitution,
    rights: Vec<&'static str>,
    stage: Stage,
    demo: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct StaffInstitution {
    id: String,
    code: String,
    name: String,
    short_name: String,
}

/// Signs in: account and password first. `stage` says what is missing.
#[utoipa::path(post, path = "/api/console/session", request_body = SignIn, responses((status = 200, body = SignInView)), security(()))]
async fn begin_session(
    State(ctx): State<Ctx>,
    _: Stranger,
    visitor: Visitor,
    Body(body): Body<SignIn>,
) -> Result<Response> {
    let SignIn {
        institution,
        account,
        password,
    } = &body;
    let entered = sign_in::by_password(&ctx, &visitor, institution, account, password).await?;
    answer(&ctx, entered).await
}

/// Answers a sign-in with its cookie.
pub async fn answer(ctx: &Ctx, entered: Entered) -> Result<Response> {
    let Entered {
        staff,
        token,
        elsewhere,
    } = entered;
    let stage = staff.stage;
    let (factors, staff) = match stage {
        Stage::SecondFactor => (sign_in::factors_of(ctx, &staff).await?, None),
        Stage::Enrol | Stage::Full => (Vec::new(), Some(staff_view(ctx, staff).await?)),
    };
    let view = SignInView {
        stage,
        factors,
        elsewhere,
        staff,
    };
    let mut response = Json(view).into_response();
    set_cookie(ctx, &mut response, STAFF_COOKIE, token.expose(), STAFF_PATH)?;
    Ok(response)
}

/// What a person gives to prove who they are; exactly one of them.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofRequest {
    password: Option<Private<String>>,
    code: Option<Private<String>>,
    recovery_code: Option<Private<String>>,
    /// The browser's `PublicKeyCredential`, bytes in base64url.
    #[schema(value_type = Option<Object>)]
    passkey: Option<Box<PublicKeyCredential>>,
}

impl ProofRequest {
    pub fn given(self) -> Result<Given> {
        match (self.password, self.code, self.recovery_code, self.passkey) {
            (Some(password), None, None, None) => Ok(Given::Password(password)),
            (None, Some(code), None, None) => Ok(Given::Code(code)),
            (None, None, Some(code), None) => Ok(Given::Recovery(code)),
            (None, None, None, Some(passkey)) => Ok(Given::Passkey(passkey)),
            _ => Err(Error::field(
                "",
                "one_of",
                "请只填其中一项。",
                "Give exactly one of them.",
            )),
        }
    }
}

/// The second step of signing in.
#[utoipa::path(post, path = "/api/console/session/second-factor", request_body = ProofRequest, responses((status = 200, body = SignInView)))]
async fn second_factor(
    State(ctx): State<Ctx>,
    visitor: Visitor,
    Halfway(half): Halfway,
    Body(body): Body<ProofRequest>,
) -> Result<Response> {
    let entered = sign_in::second_factor(&ctx, &visitor, &half, &body.given()?).await?;
    answer(&ctx, entered).await
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/console/session", responses((status = 200, body = StaffView)))]
async fn show_session(State(ctx): State<Ctx>, Own(staff): Own) -> Result<Json<StaffView>> {
    Ok(Json(staff_view(&ctx, staff).await?))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/console/session", responses((status = 204)))]
async fn end_session(State(ctx): State<Ctx>, Own(staff): Own) -> Result<Response> {
    sign_out(&ctx, &staff).await?;
    let mut response = no_content();
    set_cookie(&ctx, &mut response, STAFF_COOKIE, "", STAFF_PATH)?;
    Ok(response)
}

async fn staff_view(ctx: &Ctx, staff: Staff) -> Result<StaffView> {
    let view = ctx.db.read(&staff.institution).await?;
    let Institution {
        id,
        code,
        name,
        short_name,
        ..
    } = institution(&view, &staff.institution).await?;
    Ok(StaffView {
        id: staff.id.to_string(),
        name: staff.name,
        account: staff.account,
        badge: staff.badge,
        institution: StaffInstitution {
            id: id.to_string(),
            code,
            name,
            short_name,
        },
        rights: staff.rights.into_iter().map(Right::as_str).collect(),
        stage: staff.stage,
        demo: ctx.config.server.mode == Mode::Demo,
    })
}
