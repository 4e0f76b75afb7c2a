//! The map of the service. Imports point inward only: kernel and config, ports, app, domain, faces.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod jobs;
pub mod kernel;
pub mod ports;
pub mod web;
