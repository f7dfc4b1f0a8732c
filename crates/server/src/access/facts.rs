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

    /// What would loosen who gets in was proposed. `digest`: SHA-256 of it. Case: the institution, as in the next two.
    LooseningProposed {
        loosening: &'a str,
        kind: &'a str,
        digest: &'a str,
    } = "access.loosening_proposed.v1";

    /// A second person agreed, and it came into force.
    LooseningApproved {
        loosening: &'a str,
        kind: &'a str,
        proposed_by: &'a str,
    } = "access.loosening_approved.v1";

    /// Someone refused it, or took their own proposal back.
    LooseningRefused {
        loosening: &'a str,
        kind: &'a str,
    } = "access.loosening_refused.v1";

    /// A member of staff may sign in from now on. Case: the member of staff, as in all that follow up to the keys.
    StaffAdded {
        staff: &'a str,
        roles: Vec<&'a str>,
        rights: Vec<&'a str>,
    } = "access.staff_added.v2";

    /// A member of staff was invited; they set a password by a link.
    StaffInvited {
        staff: &'a str,
        roles: Vec<&'a str>,
    } = "access.staff_invited.v1";

    /// A link to set a password was made; older ones of the same person end. It opens nothing without its word.
    InvitationMade {
        staff: &'a str,
        invitation: &'a str,
        expires_at_ms: i64,
    } = "access.invitation_made.v1";

    /// The word that belongs to a link was shown to the seat; an older one no longer counts.
    InvitationWordGiven {
        staff: &'a str,
        invitation: &'a str,
        expires_at_ms: i64,
    } = "access.invitation_word_given.v1";

    /// Whoever held the link gave a wrong word; with none left the link ended.
    InvitationWordRefused {
        staff: &'a str,
        invitation: &'a str,
        tries_left: i64,
    } = "access.invitation_word_refused.v1";

    /// The operator's staff invited the first administrators of an institution; its own log says whom. Case: the operator.
    AdministratorsInvitedFor {
        institution: &'a str,
        code: &'a str,
    } = "access.administrators_invited_for.v1";

    /// Whoever held the link and its word set the password.
    InvitationAccepted {
        staff: &'a str,
        invitation: &'a str,
    } = "access.invitation_accepted.v1";

    /// A member of staff changed their own password; their other sessions, links and proposals of another ended.
    PasswordChanged {
        staff: &'a str,
    } = "access.password_changed.v1";

    /// A password that one colleague may have set ended, and every second factor and session with it: two people give the
    /// next.
    PasswordTaken {
        staff: &'a str,
    } = "access.password_taken.v1";

    /// A member of staff may no longer sign in; their sessions ended.
    StaffDisabled {
        staff: &'a str,
    } = "access.staff_disabled.v1";

    /// A member of staff may sign in again.
    StaffEnabled {
        staff: &'a str,
    } = "access.staff_enabled.v1";

    /// A member of staff has these roles from now on. `proposed_by` is set where two people were needed.
    RolesChanged {
        staff: &'a str,
        roles: Vec<&'a str>,
        proposed_by: Option<&'a str>,
    } = "access.roles_changed.v1";

    /// A change that takes two people was proposed.
    ChangeProposed {
        change: &'a str,
        staff: &'a str,
        kind: &'a str,
        roles: Vec<&'a str>,
    } = "access.change_proposed.v1";

    /// A second person agreed to a change.
    ChangeApproved {
        change: &'a str,
        staff: &'a str,
        kind: &'a str,
        proposed_by: &'a str,
    } = "access.change_approved.v1";

    /// Someone refused a change, or took their own proposal back.
    ChangeRefused {
        change: &'a str,
        staff: &'a str,
        kind: &'a str,
    } = "access.change_refused.v1";

    /// A second factor was set up.
    SecondFactorAdded {
        staff: &'a str,
        factor: &'a str,
    } = "access.second_factor_added.v1";

    /// A passkey was taken away.
    PasskeyRemoved {
        staff: &'a str,
        passkey: &'a str,
    } = "access.passkey_removed.v1";

    /// A passkey's device counted backwards: it was copied, and opens nothing any more.
    PasskeyCopied {
        staff: &'a str,
        passkey: &'a str,
    } = "access.passkey_copied.v1";

    /// A second factor was taken away.
    SecondFactorRemoved {
        staff: &'a str,
        factor: &'a str,
    } = "access.second_factor_removed.v1";

    /// A wrong second factor was given, at sign-in or to prove once more.
    SecondFactorRefused {
        staff: &'a str,
    } = "access.second_factor_refused.v1";

    /// Recovery codes were made; older ones no longer count.
    RecoveryCodesMade {
        staff: &'a str,
        count: i64,
    } = "access.recovery_codes_made.v1";

    /// A recovery code was used.
    RecoveryCodeUsed {
        staff: &'a str,
        left: i64,
    } = "access.recovery_code_used.v1";

    /// A member of staff signed in. `elsewhere`: no earlier sign-in came from this device and network.
    SignedIn {
        staff: &'a str,
        session: &'a str,
        method: &'a str,
        elsewhere: bool,
    } = "access.signed_in.v2";

    /// A member of staff proved once more who they are, for acts that could do great harm.
    ProvedAgain {
        staff: &'a str,
        session: &'a str,
        method: &'a str,
    } = "access.proved_again.v1";

    /// Sessions were ended from elsewhere, by their owner or by an administrator.
    SessionsEnded {
        staff: &'a str,
        sessions: Vec<&'a str>,
    } = "access.sessions_ended.v1";

    /// Sign-ins were refused within an hour, whether or not the accounts exist: one fact either way, for how many facts
    /// there are is public. `accounts`: those tried most, of staff; `unknown`: of nobody, or with a passkey of nobody's;
    /// `tries`: all of them. Case: the institution.
    SignInsRefused {
        from_ms: i64,
        to_ms: i64,
        tries: i64,
        unknown: i64,
        accounts: Vec<RefusedAccount<'a>>,
    } = "access.sign_ins_refused.v1";

    /// A role was made or changed. Case: the role, as in the next.
    RoleSet {
        role: &'a str,
        rights: Vec<&'a str>,
        version: i64,
    } = "access.role_set.v1";

    /// A role nobody has was removed.
    RoleRemoved {
        role: &'a str,
    } = "access.role_removed.v1";

    /// A provider may say who the institution's staff are. Case: the institution, as in the next.
    SignInProviderSet {
        issuer: &'a str,
        client_id: &'a str,
        claim: &'a str,
        acr: Option<&'a str>,
        amr: Option<&'a str>,
    } = "access.sign_in_provider_set.v1";

    /// Nobody comes in by the provider any more.
    SignInProviderRemoved {
        issuer: &'a str,
    } = "access.sign_in_provider_removed.v1";

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

    /// A wrong code was entered. Seat: the link, or the person who confirms something.
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

    /// The right code was entered: what the person confirmed with it has the digest `bound_to` (SHA-256, hex), in the room that
    /// asked for it.
    CodeConfirmed {
        link: &'a str,
        code: &'a str,
        purpose: &'a str,
        bound_to: &'a str,
    } = "access.code_confirmed.v2";

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

/// One account that was tried in vain.
#[derive(Debug, Serialize)]
pub struct RefusedAccount<'a> {
    pub staff: &'a str,
    pub tries: i64,
}

/// Whoever has the phone that was the person's until now was told that another one is. Case: the journey that brought it.
#[derive(Debug, Serialize)]
pub struct PhoneChangeTold {
    pub template: &'static str,
}

impl Sworn for PhoneChangeTold {
    const KIND: &'static str = "access.phone_change_told.v1";
}
