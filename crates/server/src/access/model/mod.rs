//! Nouns of access and their decisions; pure.

mod api_key;
mod attempts;
mod change;
mod code;
mod device;
mod institution;
mod invitation;
mod link;
mod loosening;
mod oidc;
mod passkey;
mod png;
mod right;
mod role;
mod second_factor;
mod settings;
mod staff;

pub use api_key::{ApiKey, GRACE_DAYS_MAX, KeyState, NewApiKey, Scope, network};
pub use attempts::Attempts;
pub use change::{CHANGE_MS, Change, ChangeKind, ChangeState};
pub use code::{CodePurpose, SentCodes};
pub use device::{device_words, mask_address};
pub use institution::{Institution, InstitutionKind, NewInstitution};
pub use invitation::{INVITATION_MS, Lock, fresh_word, plain_word};
pub use link::{Link, LinkRow, LinkState, Opens};
pub use loosening::{Loosening, LooseningKind, Waiting, loosened, parted};
pub use oidc::{OIDC_MS, OidcProvider};
pub use passkey::{CEREMONY_MS, Ceremony, PASSKEYS_MAX, passkey_site};
pub use png::cleaned as cleaned_logo;
pub use right::Right;
pub use role::{BUILT_IN, NewRole, ROLES_MAX, Role, built_in, is_in_a_role};
pub use second_factor::{
    Factor, Given, Method, PROOF_MS, SecondFactorRule, Stage, code_step, enrolment_uri,
    fresh_recovery_codes, plain_recovery_code,
};
pub use settings::{DueReminders, Embedding, Loopback, RETURN_URL_CHARS_MAX, Settings};
pub use staff::{Invitee, NewStaff, StaffState, check_password};

crate::id!(
    /// A member of an institution's staff.
    StaffId,
    "stf"
);
crate::id!(
    /// A role that an institution made for itself.
    RoleId,
    "rol"
);
crate::id!(
    /// A link that lets a member of staff set a password.
    InvitationId,
    "inv"
);
crate::id!(
    /// A change to a member of staff that waits for a second person.
    ChangeId,
    "chg"
);
crate::id!(
    /// What loosens who gets in and waits for a second person.
    LooseningId,
    "lsn"
);
crate::id!(
    /// A passkey of a member of staff.
    PasskeyId,
    "psk"
);
crate::id!(
    /// A partner system's key.
    ApiKeyId,
    "key"
);
crate::id!(
    /// A borrower's link to one case.
    LinkId,
    "lnk"
);
crate::id!(
    /// One sent (or to be sent) one-time code.
    CodeId,
    "cod"
);
crate::id!(
    /// One signed-in browser.
    SessionId,
    "ses"
);

fn plain(text: &str, min: usize, max: usize, also: &[u8]) -> bool {
    (min..=max).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || also.contains(&b))
}

pub fn filled(text: &str, max: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
}
crate::id!(
    /// A one-time way into a borrower's link, for whoever the lender's app has signed in.
    TicketId,
    "tkt"
);
