//! Exact arithmetic on fen and ppm.

use crate::{CostError, Fen, Ppm};

/// A million: ppm to one.
pub(crate) const MILLION: i128 = 1_000_000;

/// `numerator / denominator` rounded half up; both at least zero, the denominator above it.
pub(crate) fn div_round(numerator: i128, denominator: i128) -> Result<i64, CostError> {
    // Nearly all sums fit in 64 bits, where division is several times faster.
    if let (Ok(numerator), Ok(denominator)) = (u64::try_from(numerator), u64::try_from(denominator))
        && denominator > 0
    {
        let (whole, rest) = (numerator / denominator, numerator % denominator);
        return i64::try_from(whole + u64::from(rest >= denominator - rest))
            .map_err(|_| CostError::TooBig);
    }
    if denominator <= 0 || numerator < 0 {
        return Err(CostError::TooBig);
    }
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    i64::try_from(whole + i128::from(rest >= denominator - rest)).map_err(|_| CostError::TooBig)
}

/// `amount × ppm` in fen, rounded half up.
pub(crate) fn part(amount: Fen, ppm: Ppm) -> Result<Fen, CostError> {
    div_round(i128::from(amount) * i128::from(ppm), MILLION)
}

/// Splits `amount` by shares that sum to 1,000,000 so that the parts sum to it exactly.
///
/// Each part is rounded down, then the fen left over go to the largest remainders, the first of equals first.
#[must_use]
pub fn split(amount: Fen, shares_ppm: &[Ppm]) -> Vec<Fen> {
    let product = |share: &Ppm| i128::from(amount) * i128::from(*share);
    // A part is at most the amount, so it fits.
    let mut parts: Vec<Fen> = shares_ppm
        .iter()
        .map(|share| product(share).div_euclid(MILLION) as Fen)
        .collect();
    let left = amount - parts.iter().sum::<Fen>();
    let mut order: Vec<usize> = (0..shares_ppm.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(product(&shares_ppm[*at]).rem_euclid(MILLION)));
    for at in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_up() {
        assert_eq!(div_round(1, 2).unwrap(), 1);
        assert_eq!(div_round(2, 5).unwrap(), 0);
        assert_eq!(div_round(3, 2).unwrap(), 2);
        assert_eq!(
            div_round(i128::from(u64::MAX) * 3, i128::from(u64::MAX) * 2).unwrap(),
            2
        );
        assert_eq!(div_round(1, 0), Err(CostError::TooBig));
        assert_eq!(div_round(i128::MAX, 1), Err(CostError::TooBig));
    }

    #[test]
    fn parts_sum_to_the_whole() {
        assert_eq!(split(98_835, &[700_000, 300_000]), [69_185, 29_650]);
        assert_eq!(split(1, &[333_333, 333_333, 333_334]), [0, 0, 1]);
        assert_eq!(split(0, &[1_000_000]), [0]);
        assert_eq!(split(10, &[]), Vec::<Fen>::new());
    }
}
