//! Handshakes, well and ill: `folder` makes certificates, `meeting` brings a client and a connector together.

mod crowds;
mod failing;
mod folder;
mod meeting;
mod proving;
mod renewing;
mod starting;
