//! The lender's own systems: they hear events late and twice, decide, book, ask for leave, pay and report; and the books that
//! they keep, with what some payer does wrong.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use proof::release_token::{Against, Payee, Payment as Paying, ReleaseToken};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::actors::{ANHE, Partner};
use crate::app::Site;
use crate::disbursed::{findings, reports};
use crate::money::{books, releases};

/// What is wrong with how one loan is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// 砍头息.
    Short,
    Twice,
    Unreported,
    NotInBooks,
    /// The books have another sum than what was paid.
    OtherSum,
    NeverPaid,
}

impl Fault {
    pub fn drawn(dice: &mut StdRng) -> Self {
        match dice.random_range(0..40) {
            0 => Self::Short,
            1 => Self::Twice,
            2 => Self::Unreported,
            3 => Self::NotInBooks,
            4 => Self::OtherSum,
            5 => Self::NeverPaid,
            _ => Self::None,
        }
    }
}

/// Money that left the lender.
pub struct Payment {
    pub reference: String,
    /// Fen.
    pub amount: i64,
    pub at_ms: i64,
    token: Value,
    /// What the house answered.
    reported: Option<Value>,
}

impl Payment {
    /// After the token's time, with what two clocks may differ by.
    pub fn is_late(&self) -> bool {
        let until_ms = self.token["expires_at_ms"].as_i64().expect("a time");
        self.at_ms >= until_ms + 60_000
    }
}

/// A loan as the lender has it.
pub struct Loan {
    pub fault: Fault,
    card: String,
    /// The right booking left; its answer may have been lost on the way.
    sent: bool,
    booked: bool,
    /// The newest leave that reached the lender.
    token: Option<Value>,
    pub payments: Vec<Payment>,
    /// Nothing will come of it: refused, called off, or its time is over.
    pub is_lost: bool,
}

impl Loan {
    /// Everything that will happen to it has happened.
    pub fn is_over(&self) -> bool {
        let wanted = match self.fault {
            Fault::NeverPaid => return self.is_lost || self.token.is_some(),
            Fault::Twice => 2,
            _ => 1,
        };
        let reported = self.payments.iter().all(|paid| paid.reported.is_some());
        let whole = self.payments.len() == wanted;
        self.is_lost || whole && (reported || self.fault == Fault::Unreported)
    }

    /// When the leave ends that nobody will use.
    pub fn unused_until_ms(&self) -> Option<i64> {
        let token = self.token.as_ref().filter(|_| self.payments.is_empty())?;
        token["expires_at_ms"].as_i64()
    }
}

/// What came in.
#[derive(Default)]
struct Heard {
    bodies: BTreeMap<String, Vec<u8>>,
    /// Whom each message was about, as they came.
    about: Vec<String>,
}

/// The endpoint of events, and what it heard.
#[derive(Clone, Default)]
pub struct Inbox {
    heard: Arc<Mutex<Heard>>,
    /// Takes what it hears, and answers that it could not.
    pub failing: Arc<AtomicBool>,
}

async fn hear(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let id = headers["webhook-id"].to_str().expect("an id").to_owned();
    let said: Value = serde_json::from_slice(&body).expect("JSON");
    let mut heard = inbox.heard.lock().expect("a lock");
    let first = heard.bodies.entry(id).or_insert_with(|| body.to_vec());
    assert_eq!(first, &body.to_vec(), "an event never changes");
    let about = said["data"]["id"].as_str().expect("an id").to_owned();
    heard.about.push(about);
    match inbox.failing.load(Ordering::SeqCst) {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::NO_CONTENT,
    }
}

impl Inbox {
    /// Listens on this machine; gives its address.
    pub async fn open() -> (Self, String) {
        let inbox = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let at = listener.local_addr().expect("an address");
        let router = Router::new().route("/hooks", post(hear));
        let router = router.with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (inbox, format!("http://{at}/hooks"))
    }

    /// Whom some event was about: a new one, or one that was dealt with long ago.
    fn any(&self, dice: &mut StdRng) -> Option<String> {
        let heard = self.heard.lock().expect("a lock");
        let count = heard.about.len();
        let at = match count {
            0 => return None,
            _ if dice.random_ratio(1, 5) => dice.random_range(0..count),
            _ => dice.random_range(count.saturating_sub(20)..count),
        };
        Some(heard.about[at].clone())
    }

    /// How many different events came, and how many messages in all.
    pub fn counts(&self) -> (usize, usize) {
        let heard = self.heard.lock().expect("a lock");
        (heard.bodies.len(), heard.about.len())
    }

    /// Whether a journey was heard of with this event.
    pub fn knows(&self, event: &str, case: &str) -> bool {
        let heard = self.heard.lock().expect("a lock");
        heard.bodies.values().any(|body| {
            let said: Value = serde_json::from_slice(body).expect("JSON");
            said["type"] == event && said["data"]["id"] == case
        })
    }
}

pub struct Lender {
    pub partner: Partner,
    pub inbox: Inbox,
    pub loans: BTreeMap<String, Loan>,
}

impl Lender {
    pub fn takes(&mut self, id: &str, card: &str, fault: Fault) {
        let loan = Loan {
            fault,
            card: card.to_owned(),
            sent: false,
            booked: false,
            token: None,
            payments: Vec::new(),
            is_lost: false,
        };
        self.loans.insert(id.to_owned(), loan);
    }

    /// Deals with an event, or looks after a loan of its own accord.
    pub async fn acts(&mut self, site: &Site, dice: &mut StdRng) -> String {
        let heard = self.inbox.any(dice).filter(|_| dice.random_ratio(2, 3));
        let known: Vec<&String> = self.loans.keys().collect();
        let id = match heard.filter(|id| self.loans.contains_key(id)) {
            Some(id) => id,
            None if known.is_empty() => return "no loan yet".to_owned(),
            None => known[dice.random_range(0..known.len())].clone(),
        };
        let done = self.looks_after(site, &id, dice).await;
        format!("lender, {id}: {done}")
    }

    /// The next thing that is the lender's to do.
    pub async fn looks_after(&mut self, site: &Site, id: &str, dice: &mut StdRng) -> String {
        let path = format!("/v1/journeys/{id}");
        let journey = self.partner.get(site, &path).await.ok().json();
        let first = journey["release"]["missing"][0]["code"].clone();
        let loan = self.loans.get_mut(id).expect("a loan of ours");
        let state = journey["state"].as_str().expect("a state");
        loan.is_lost |= ["expired", "cancelled"].contains(&state) || first == "credit_refused";
        if let Some(paid) = loan
            .payments
            .iter_mut()
            .find(|paid| paid.reported.is_none())
            && loan.fault != Fault::Unreported
        {
            return report(&self.partner, site, id, &loan.card, paid).await;
        }
        if loan.is_over() {
            return repeat(&self.partner, site, id, loan).await;
        }
        if first == "credit_not_decided" {
            return decide(&self.partner, site, &path, dice).await;
        }
        if dice.random_ratio(1, 120) && loan.token.is_none() {
            let path = format!("{path}/cancel");
            let called_off = self.partner.post(site, &path, &json!({})).await;
            return format!("calls it off: {}", called_off.status);
        }
        if state != "completed" && loan.payments.is_empty() {
            return format!("waits: {first}");
        }
        if !loan.booked {
            return book(&self.partner, site, id, loan, &journey["terms"], dice).await;
        }
        let now_ms = site.ctx.clock.now_ms();
        let in_time = |token: &Value| token["expires_at_ms"].as_i64() > Some(now_ms);
        match loan.token.clone() {
            Some(token) if in_time(&token) || !loan.payments.is_empty() => {
                pay(site, id, loan, token, now_ms).await
            }
            _ => {
                let issued = releases(site, &self.partner, id).await;
                if issued.status == StatusCode::CREATED {
                    loan.token = Some(issued.json());
                    return "gets leave".to_owned();
                }
                format!("no leave: {}", issued.code())
            }
        }
    }
}

async fn decide(partner: &Partner, site: &Site, path: &str, dice: &mut StdRng) -> String {
    let ruling = if dice.random_ratio(1, 12) {
        json!({ "ruling": "refused", "made": "automatically",
            "reasons": [{ "code": "history", "text": { "zh": "近期有未还清的逾期", "en": "Recent payments are overdue" } }] })
    } else {
        json!({ "ruling": "approved", "made": "automatically", "limit": 2_000_000 })
    };
    let path = format!("{path}/decision");
    let decided = partner.post(site, &path, &ruling).await;
    format!("{}: {}", ruling["ruling"], decided.status)
}

async fn book(
    partner: &Partner,
    site: &Site,
    id: &str,
    loan: &mut Loan,
    terms: &Value,
    dice: &mut StdRng,
) -> String {
    let mut body = json!({ "net_amount": terms["principal"], "terms": terms,
        "payee": { "account": loan.card }, "loan_number": format!("L-{id}") });
    if dice.random_ratio(1, 6) && !loan.sent {
        body["net_amount"] = json!(terms["principal"].as_i64().expect("fen") - 1);
        let wrong = books(site, partner, id, &format!("wrong-{id}"), &body).await;
        wrong.refused(409, "booking_differs");
        return "books another sum: refused".to_owned();
    }
    loan.sent = true;
    let booked = books(site, partner, id, &format!("book-{id}"), &body).await;
    loan.booked = booked.status.is_success();
    format!("books: {}", booked.status)
}

/// The payer looks at nothing but the token, offline.
async fn pay(site: &Site, id: &str, loan: &mut Loan, token: Value, now_ms: i64) -> String {
    let known = site.get(&format!("/log/{ANHE}/vkey")).await.ok().text();
    let word = token["token"].as_str().expect("a token");
    let known = [known.trim().parse().expect("a key")];
    let leave = ReleaseToken::verify(word, &known).expect("it holds");
    let salt = token["payee_salt"].as_str().expect("a salt").to_owned();
    let account = loan.card.clone();
    let payment = Paying {
        at_ms: now_ms,
        amount: leave.amount,
        journey: id.to_owned(),
        institution: None,
        terms_digest: None,
        payee: Payee { account, salt },
    };
    match leave.against(&payment)[..] {
        [] => {}
        // The clock was set back, or the second payment comes too late.
        [Against::NotYet] => return "waits for the token's time".to_owned(),
        ref against => assert!(!loan.payments.is_empty(), "{id}: {against:?}"),
    }
    let amount = match loan.fault {
        Fault::Short => leave.amount - 10_000,
        _ => leave.amount,
    };
    loan.payments.push(Payment {
        reference: format!("PAY-{id}-{}", loan.payments.len()),
        amount,
        at_ms: now_ms,
        token,
        reported: None,
    });
    "pays".to_owned()
}

fn receipt(card: &str, paid: &Payment) -> Value {
    json!({ "token": paid.token["token"], "net_amount": paid.amount, "payee": { "account": card },
        "paid_at_ms": paid.at_ms, "payment_reference": paid.reference })
}

async fn report(
    partner: &Partner,
    site: &Site,
    id: &str,
    card: &str,
    paid: &mut Payment,
) -> String {
    let recorded = reports(site, partner, id, &receipt(card, paid)).await;
    assert!(recorded.status.is_success(), "{}", recorded.text());
    let said = recorded.json();
    let found = findings(&said);
    paid.reported = Some(said);
    format!("reports: {found:?}")
}

/// Reported again it is the same payment.
async fn repeat(partner: &Partner, site: &Site, id: &str, loan: &Loan) -> String {
    let known = loan.payments.iter().find(|paid| paid.reported.is_some());
    let Some(paid) = known else {
        return "over".to_owned();
    };
    let again = reports(site, partner, id, &receipt(&loan.card, paid)).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    assert_eq!(Some(again.json()), paid.reported);
    "reports again".to_owned()
}
