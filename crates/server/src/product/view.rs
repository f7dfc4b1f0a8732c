//! Reading products.

use cost::Policy;
use cost::policy::LenderKind;

use super::model::Version;
use super::{ProductId, store};
use crate::access::{self, InstitutionKind};
use crate::db::Read;
use crate::error::{Error, Result};

/// The product with a code.
pub async fn by_code(view: &impl Read, code: &str) -> Result<Option<ProductId>> {
    store::product_by_code(view, code).await
}

/// The newest released version of a product, if there is one.
pub async fn released(view: &impl Read, product: &ProductId) -> Result<Option<Version>> {
    store::newest_released(view, product)
        .await?
        .map(store::Row::version)
        .transpose()
}

/// One version of a product.
pub async fn version(view: &impl Read, product: &ProductId, number: i64) -> Result<Version> {
    store::version(view, product, number)
        .await?
        .ok_or_else(Error::not_found)?
        .version()
}

/// The newest version of a product, released or not.
pub async fn newest(view: &impl Read, product: &ProductId) -> Result<Version> {
    let newest = store::versions(view, product, 1).await?.pop();
    newest.ok_or_else(Error::not_found)?.version()
}

/// More were never proposed by one lender.
pub const VERSIONS_MAX: usize = 1_000;

/// The versions of every product, the newest [`VERSIONS_MAX`] of them.
pub async fn versions(view: &impl Read) -> Result<Vec<Version>> {
    let rows = store::every(view, i64::try_from(VERSIONS_MAX)?).await?;
    rows.into_iter().map(store::Row::version).collect()
}

/// The annualisation methods and thresholds in force for the transaction's institution.
pub async fn policy(view: &impl Read) -> Result<Policy> {
    let institution = access::institution(view, view.institution()?).await?;
    let lender = match institution.kind {
        InstitutionKind::Bank => LenderKind::Bank,
        InstitutionKind::ConsumerFinance => LenderKind::ConsumerFinance,
        InstitutionKind::SmallLoan => LenderKind::SmallLoan,
        // Whoever only runs the house has no price.
        InstitutionKind::Operator => return Err(Error::not_found()),
    };
    Ok(Policy {
        lender,
        ..Policy::default()
    })
}
