//! A line through measured points.

/// A measured point.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// The straight line that is nearest to points, and how near it is.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Line {
    pub(crate) base: f64,
    pub(crate) slope: f64,
    /// The share of the points' variance that the line explains.
    pub(crate) r_squared: f64,
    /// The slope of the line through the logarithms; more than 1 means that y grows faster than x.
    pub(crate) exponent: f64,
}

impl Line {
    /// Least squares of the relative distances: a small point counts as much as a large one.
    pub(crate) fn through(points: &[Point]) -> Self {
        let weighted: Vec<(Point, f64)> = points.iter().map(|p| (*p, p.y.powi(-2))).collect();
        let (base, slope) = least_squares(&weighted);
        let mean = weighted_mean(&weighted, |point| point.y);
        let sum = |distance: &dyn Fn(&Point) -> f64| -> f64 {
            weighted
                .iter()
                .map(|(p, weight)| weight * distance(p).powi(2))
                .sum()
        };
        let left = sum(&|p| p.y - (base + slope * p.x));
        let all = sum(&|p| p.y - mean);
        let logarithms = points.iter().map(|p| {
            let (x, y) = (p.x.ln(), p.y.ln());
            (Point { x, y }, 1.0)
        });
        let (_, exponent) = least_squares(&logarithms.collect::<Vec<_>>());
        Self {
            base,
            slope,
            r_squared: 1.0 - left / all,
            exponent,
        }
    }

    pub(crate) fn at(&self, x: f64) -> f64 {
        self.base + self.slope * x
    }
}

/// Base and slope.
fn least_squares(points: &[(Point, f64)]) -> (f64, f64) {
    let (x, y) = (
        weighted_mean(points, |p| p.x),
        weighted_mean(points, |p| p.y),
    );
    let covariance: f64 = points.iter().map(|(p, w)| w * (p.x - x) * (p.y - y)).sum();
    let variance: f64 = points.iter().map(|(p, w)| w * (p.x - x).powi(2)).sum();
    let slope = covariance / variance;
    (y - slope * x, slope)
}

fn weighted_mean(points: &[(Point, f64)], value: fn(&Point) -> f64) -> f64 {
    let sum: f64 = points
        .iter()
        .map(|(point, weight)| weight * value(point))
        .sum();
    sum / points.iter().map(|(_, weight)| weight).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(of: impl Fn(f64) -> f64) -> Vec<Point> {
        let xs = [10.0, 30.0, 100.0, 300.0, 1000.0];
        xs.iter().map(|x| Point { x: *x, y: of(*x) }).collect()
    }

    fn is_near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6 * b.abs().max(1.0)
    }

    #[test]
    fn a_straight_line_is_found_again() {
        let line = Line::through(&points(|x| 200.0 + 3.0 * x));
        assert!(
            is_near(line.base, 200.0) && is_near(line.slope, 3.0),
            "{line:?}"
        );
        assert!(is_near(line.r_squared, 1.0), "{line:?}");
        assert!(is_near(line.at(7.0), 221.0), "{line:?}");
    }

    #[test]
    fn the_exponent_is_that_of_a_power() {
        for exponent in [0.5, 1.0, 2.0] {
            let line = Line::through(&points(|x: f64| 4.0 * x.powf(exponent)));
            assert!(is_near(line.exponent, exponent), "{line:?}");
        }
    }

    #[test]
    fn a_curve_is_no_line() {
        let line = Line::through(&points(|x| 5.0 + x * x));
        assert!(line.r_squared < 0.9, "{line:?}");
    }
}
