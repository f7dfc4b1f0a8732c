//! What access swears to: ids, never names, numbers or secrets of people.

use serde::Serialize;

use crate::ledger::Sworn;

macro_rules! sworn {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? } = $kind:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Serialize)]
            pub struct $name<'a> {
                $(pub $field: $type,)*
            }

            impl Sworn for $name<'_> {
                const KIND: &'static str = $kind;
            }
        )*
    };
}

sworn! {
    /// An institution and its log begin. Case: the institution.
    InstitutionFounded {
        institution: &'a str,
        code: &'a str,
        name: &'a str,
        kind: &'a str,
    } = "access.institution_founded.v1";

    /// The operator's staff founded an institution; its own log begins with the fact above. Case: the operator.
    InstitutionFoundedFor {
        institution: &'a str,
        code: &'a str,
    } = "access.institution_founded_for.v1";

    /// Settings came into force. Case: the institution.
    SettingsChanged {
        version: i64,
        digest: &'a str,
        changed: Vec<&'a str>,
    } = "access.settings_changed.v1";

    /// A member of staff may sign in from now on. Case: the member of staff, as in the next two.
    StaffAdded {
        staff: &'a str,
        rights: Vec<&'a str>,
    } = "access.staff_added.v1";

    /// A member of staff signed in.
    SignedIn {
        staff: &'a str,
        session: &'a str,
    } = "access.signed_in.v1";

    /// Someone tried a member of staff's account with a wrong password.
    SignInRefused {
        staff: &'a str,
    } = "access.sign_in_refused.v1";

    /// A partner system got a key. Case: the key, as in the next two.
    ApiKeyIssued {
        key: &'a str,
        scopes: Vec<&'a str>,
        networks: Vec<String>,
        expires_at_ms: Option<i64>,
    } = "access.api_key_issued.v2";

    /// A key got a successor with the same scopes and networks, and ends when the grace is over.
    ApiKeyRotated {
        key: &'a str,
        successor: &'a str,
        expires_at_ms: i64,
    } = "access.api_key_rotated.v1";

    /// A partner system's key stopped working.
    ApiKeyRevoked {
        key: &'a str,
    } = "access.api_key_revoked.v1";

    /// A borrower's link to a case was made; older links of the case end. Case: what it leads to, as in the rest.
    LinkCreated {
        link: &'a str,
        expires_at_ms: i64,
        replaced: Vec<&'a str>,
    } = "access.link_created.v1";

    /// Someone holding the link, who is the seat, asked for a one-time code.
    CodeRequested {
        link: &'a str,
        code: &'a str,
        purpose: &'a str,
        expires_at_ms: i64,
    } = "access.code_requested.v1";

    /// The message gateway accepted the message with the code.
    ///
    /// Opening the phone number for it is sworn to by the vault, before anything leaves.
    CodeSent {
        link: &'a str,
        code: &'a str,
        purpose: &'a str,
    } = "access.code_sent.v1";

    /// A wrong code was entered. Seat: the link.
    CodeRefused {
        link: &'a str,
        code: &'a str,
        tries_left: i64,
    } = "access.code_refused.v1";

    /// The right code was entered: a session began, older sessions of the case ended. Seat: the link; from here on it is the
    /// customer.
    LinkOpened {
        link: &'a str,
        code: &'a str,
        session: &'a str,
    } = "access.link_opened.v1";

    /// The lender's own system, which has signed the person in by itself, got a one-time way into the link.
    TicketIssued {
        link: &'a str,
        ticket: &'a str,
        expires_at_ms: i64,
        signed_in_by: &'a str,
    } = "access.ticket_issued.v1";

    /// A ticket was used: a session began without a code, older sessions of the case ended. Seat: the link; from here on it
    /// is the customer.
    TicketEntered {
        link: &'a str,
        ticket: &'a str,
        session: &'a str,
    } = "access.ticket_entered.v1";
}
