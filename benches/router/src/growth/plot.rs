//! The picture: a panel a series, its points and the line through them.

use std::fmt::Write;

use super::fit::Point;
use super::{Machine, Measured};

const PANEL: f64 = 400.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 92.0;
const BOTTOM: f64 = 78.0;

const INK: &str = "#1f2937";
const FAINT: &str = "#6b7280";
const GRID: &str = "#e5e7eb";
const LINE: &str = "#94a3b8";
const DOTS: &str = "#1d4ed8";

/// An axis: which values it shows, and where.
struct Axis {
    logarithmic: bool,
    from: f64,
    to: f64,
    ticks: Vec<f64>,
}

impl Axis {
    /// An axis for values up to the largest of these, about so finely divided.
    fn over(values: impl Iterator<Item = f64> + Clone, logarithmic: bool, divisions: f64) -> Self {
        let most = values.clone().fold(0.0, f64::max);
        if logarithmic {
            let least = values.fold(f64::INFINITY, f64::min);
            let (first, last) = (least.log10().floor(), most.log10().ceil());
            let powers = (first as i32..=last as i32).map(|power| 10f64.powi(power));
            return Self {
                logarithmic,
                from: 10f64.powf(first),
                to: 10f64.powf(last),
                ticks: powers.collect(),
            };
        }
        let step = step(most / divisions);
        let steps = (most / step).ceil();
        Self {
            logarithmic,
            from: 0.0,
            to: steps * step,
            ticks: (0..=steps as u32).map(|n| f64::from(n) * step).collect(),
        }
    }

    /// Where a value stands, between 0 and 1.
    fn place(&self, value: f64) -> f64 {
        match self.logarithmic {
            true => (value / self.from).ln() / (self.to / self.from).ln(),
            false => (value - self.from) / (self.to - self.from),
        }
    }
}

/// The round number that is not less: 1, 2 or 5 times a power of ten.
fn step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let factor = factors.into_iter().find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

/// The whole picture as SVG.
pub(super) fn draw(measured: &[Measured], machine: &Machine) -> String {
    let width = PANEL * measured.len() as f64;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" \
         font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" fill=\"{INK}\">\n\
         <title>Processor time of the router for one request</title>\n\
         <rect width=\"{width}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n"
    );
    text(
        &mut svg,
        (LEFT, 30.0),
        17,
        "start",
        INK,
        "Processor time of the router for one request, in milliseconds",
    );
    for (index, measured) in measured.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<g transform=\"translate({} 0)\">",
            PANEL * index as f64
        );
        panel(&mut svg, measured);
        svg.push_str("</g>\n");
    }
    let weft = machine.versions.get("weft").map_or("", String::as_str);
    let foot = format!(
        "{weft}, {}, {} × {}",
        machine.date, machine.processors, machine.processor
    );
    text(&mut svg, (LEFT, HEIGHT - 14.0), 11, "start", FAINT, &foot);
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, measured: &Measured) {
    // In milliseconds from here on.
    let points: Vec<Point> = measured
        .points
        .iter()
        .map(|p| Point {
            x: p.x,
            y: p.y / 1e3,
        })
        .collect();
    let line = &measured.line;
    let drawn = points.last().map(|last| line.at(last.x) / 1e3);
    let x = Axis::over(points.iter().map(|p| p.x), measured.logarithmic, 6.0);
    let y = points.iter().map(|p| p.y).chain(drawn);
    let y = Axis::over(y, measured.logarithmic, 5.0);
    let right = PANEL - RIGHT;
    let bottom = HEIGHT - BOTTOM;
    let at = |px: f64, py: f64| {
        (
            LEFT + x.place(px) * (right - LEFT),
            bottom - y.place(py) * (bottom - TOP),
        )
    };
    text(svg, (LEFT, 58.0), 13, "start", INK, &measured.title);
    let said = format!(
        "{:.2} ms + {} per {}, R² {:.3}, log-log slope {:.2}",
        line.base / 1e3,
        microseconds(line.slope),
        measured.unit,
        line.r_squared,
        line.exponent
    );
    text(svg, (LEFT, 76.0), 11, "start", FAINT, &said);
    for tick in &y.ticks {
        let (_, height) = at(x.from, *tick);
        rule(svg, (LEFT, height), (right, height), GRID);
        text(
            svg,
            (LEFT - 8.0, height + 4.0),
            11,
            "end",
            FAINT,
            &number(*tick),
        );
    }
    for tick in &x.ticks {
        let (across, _) = at(*tick, y.from);
        rule(svg, (across, bottom), (across, bottom + 5.0), FAINT);
        text(
            svg,
            (across, bottom + 19.0),
            11,
            "middle",
            FAINT,
            &number(*tick),
        );
    }
    rule(svg, (LEFT, bottom), (right, bottom), FAINT);
    let scale = if measured.logarithmic {
        " (both scales logarithmic)"
    } else {
        ""
    };
    let name = format!("{}{scale}", plural(measured.unit));
    text(
        svg,
        ((LEFT + right) / 2.0, bottom + 38.0),
        12,
        "middle",
        INK,
        &name,
    );
    let fitted = fitted(&points, |px| at(px, line.at(px) / 1e3));
    let _ = writeln!(
        svg,
        "<polyline points=\"{fitted}\" fill=\"none\" stroke=\"{LINE}\" stroke-width=\"2\"/>"
    );
    for point in &points {
        let (across, height) = at(point.x, point.y);
        let _ = writeln!(
            svg,
            "<circle cx=\"{across:.1}\" cy=\"{height:.1}\" r=\"4\" fill=\"{DOTS}\"/>"
        );
    }
}

/// The line between the outermost points; on logarithmic scales it is a curve.
fn fitted(points: &[Point], at: impl Fn(f64) -> (f64, f64)) -> String {
    const STEPS: u32 = 60;
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return String::new();
    };
    let places = (0..=STEPS).map(|n| {
        let share = f64::from(n) / f64::from(STEPS);
        let (x, y) = at(first.x * (last.x / first.x).powf(share));
        format!("{x:.1},{y:.1}")
    });
    places.collect::<Vec<_>>().join(" ")
}

fn text(svg: &mut String, at: (f64, f64), size: u32, anchor: &str, color: &str, text: &str) {
    let (x, y) = at;
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{color}\">{text}</text>"
    );
}

fn rule(svg: &mut String, from: (f64, f64), to: (f64, f64), color: &str) {
    let _ = writeln!(
        svg,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{color}\"/>",
        from.0, from.1, to.0, to.1
    );
}

/// A tick's number without what says nothing: `10,000`, `0.5`.
fn number(value: f64) -> String {
    if value < 1.0 {
        let digits = format!("{value:.3}");
        return digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned();
    }
    if value.fract() > 1e-9 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    match digits.split_at_checked(digits.len().saturating_sub(3)) {
        Some((thousands, rest)) if !thousands.is_empty() => format!("{thousands},{rest}"),
        _ => digits,
    }
}

fn microseconds(value: f64) -> String {
    match value < 10.0 {
        true => format!("{value:.2} µs"),
        false => format!("{value:.0} µs"),
    }
}

fn plural(unit: &str) -> String {
    match unit.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_that_reach_the_largest_value() {
        let cases: [(&[f64], bool, &[f64]); 3] = [
            (&[1.0, 40.0], false, &[0.0, 10.0, 20.0, 30.0, 40.0]),
            (&[0.3, 0.9], false, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (&[10.0, 3000.0], true, &[10.0, 100.0, 1000.0, 10_000.0]),
        ];
        for (values, logarithmic, expected) in cases {
            let axis = Axis::over(values.iter().copied(), logarithmic, 5.0);
            assert_eq!(axis.ticks.len(), expected.len(), "{:?}", axis.ticks);
            for (tick, expected) in axis.ticks.iter().zip(expected) {
                assert!((tick - expected).abs() < 1e-9, "{:?}", axis.ticks);
            }
            assert!(
                values
                    .iter()
                    .all(|value| (0.0..=1.0).contains(&axis.place(*value)))
            );
        }
    }

    #[test]
    fn numbers_say_what_they_have_to() {
        let cases = [
            (0.0, "0"),
            (0.1, "0.1"),
            (0.05, "0.05"),
            (1.0, "1"),
            (2.5, "2.5"),
            (10_000.0, "10,000"),
        ];
        for (value, expected) in cases {
            assert_eq!(number(value), expected);
        }
    }
}
