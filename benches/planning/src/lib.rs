#![doc = include_str!("../README.md")]

pub mod cases;
pub mod compare;
pub mod optimal;
pub mod random;
pub mod table;
