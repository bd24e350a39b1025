//! Running the fetches of a plan: each starts when those it waits for have ended, whatever came of them.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use apollo_compiler::ast::OperationType;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use http::{HeaderValue, header};

use crate::compile::{CompiledFetch, ExecutablePlan, FetchLayout};
use crate::contexts::{CallValues, Values};
use crate::execution::{ExecutionInput, ExecutionOutput, FetchOutcome, FetchStatistics};
use crate::fault::Fault;
use crate::ingest::{self, Budget, ErrorPolicy};
use crate::link::{self, Lists};
use crate::port::{RequestParts, SubgraphBody, SubgraphError, SubgraphRequest, SubgraphResponse};
use crate::request::{self, Build};
use crate::table::Answer;
use crate::view::{Causes, Link, View};
use crate::write;

impl ExecutablePlan {
    /// Runs the plan. Whatever goes wrong is in the answer; dropping the future stops the requests in flight.
    pub async fn execute(&self, input: &ExecutionInput<'_>) -> ExecutionOutput {
        let mut execution = Execution::new(self, input);
        execution.run().await;
        execution.finish()
    }
}

/// One run of a plan.
pub(crate) struct Execution<'a> {
    pub(crate) plan: &'a ExecutablePlan,
    pub(crate) input: &'a ExecutionInput<'a>,
    pub(crate) answers: Vec<Answer>,
    links: Vec<Link>,
    causes: Causes,
    /// By fetch, how many it still waits for.
    waits_for: Vec<u32>,
    /// By fetch, entities asked for by call.
    pub(crate) entities: Vec<Vec<u32>>,
    /// By fetch, the calls that its lists of entities are of, where that differs from request to request.
    lists: Vec<Option<(Vec<u32>, FetchLayout)>>,
    /// What was taken from contexts.
    values: Values,
    /// By fetch and call, what was taken for entities.
    pub(crate) carried: Vec<Vec<CallValues>>,
    started: Vec<Option<Instant>>,
    statistics: Vec<FetchStatistics>,
    set_cookies: Vec<HeaderValue>,
    budget: Budget,
    /// Of a mutation: the fields of fetches before this one are known to have values, unless all is lost.
    checked_until: u32,
    is_lost: bool,
}

impl<'a> Execution<'a> {
    pub(crate) fn new(plan: &'a ExecutablePlan, input: &'a ExecutionInput<'a>) -> Self {
        let count = plan.fetches.len();
        let statistics = |fetch: &CompiledFetch| FetchStatistics {
            subgraph: fetch.subgraph,
            outcome: FetchOutcome::Skipped,
            request_bytes: 0,
            response_bytes: 0,
            entities: 0,
            duration: Duration::ZERO,
        };
        let limit = input.options.limits.values;
        Self {
            plan,
            input,
            answers: vec![Answer::default(); count],
            links: vec![Link::default(); plan.link_count],
            causes: Causes::new(count),
            waits_for: plan.fetches.iter().map(|fetch| fetch.waits_for).collect(),
            entities: vec![Vec::new(); count],
            lists: (0..count).map(|_| None).collect(),
            values: Values::default(),
            carried: vec![Vec::new(); count],
            started: vec![None; count],
            statistics: plan.fetches.iter().map(statistics).collect(),
            set_cookies: Vec::new(),
            budget: Budget { limit, left: limit },
            checked_until: 0,
            is_lost: false,
        }
    }

    /// Runs all fetches.
    pub(crate) async fn run(&mut self) {
        let (plan, input) = (self.plan, self.input);
        let mut running = FuturesUnordered::new();
        let mut ready = self.ready_at_start();
        loop {
            while let Some(index) = ready.pop() {
                let Some(request) = self.prepare(index) else {
                    self.end(index, &mut ready);
                    continue;
                };
                let fetch = &plan.fetches[index as usize];
                let subgraph = input.subgraphs.get(fetch.subgraph.index());
                running.push(async move {
                    let answer = match subgraph {
                        Some(subgraph) => subgraph.call(request).await,
                        None => Err(SubgraphError::Request {
                            detail: "no such subgraph is configured".to_owned(),
                        }),
                    };
                    (index, answer)
                });
            }
            let Some((index, answer)) = running.next().await else {
                break;
            };
            self.receive(index, answer);
            self.end(index, &mut ready);
        }
    }

    /// The first ones to start, in an order for popping.
    fn ready_at_start(&self) -> Vec<u32> {
        let numbered = (0..).zip(&self.waits_for);
        let ready = numbered.filter(|(_, waits_for)| **waits_for == 0);
        let mut ready: Vec<u32> = ready.map(|(index, _)| index).collect();
        ready.reverse();
        ready
    }

    pub(crate) fn view(&self) -> View<'_> {
        View {
            answers: &self.answers,
            links: &self.links,
            causes: &self.causes,
        }
    }

    /// Makes the request of a fetch, unless there is nothing to ask for or it cannot be made.
    fn prepare(&mut self, index: u32) -> Option<SubgraphRequest> {
        let at = index as usize;
        let fetch = &self.plan.fetches[at];
        if fetch.kind == OperationType::Mutation && fetch.calls.is_empty() {
            let before = self.checked_until..index;
            self.checked_until = index;
            self.is_lost |= write::is_lost_by(self.plan, self.view(), self.input, before);
            if self.is_lost {
                return None;
            }
        }
        let limit = self.input.options.limits.request_bytes;
        let mut values = std::mem::take(&mut self.values);
        let build = Build {
            fetch,
            variables: self.input.variables,
            carried: &self.carried,
        };
        let built = request::build(&build, self.view(), limit, &mut values);
        self.values = values;
        let built = match built {
            Ok(built) => built,
            Err(error) => {
                let detail = error.detail(limit);
                self.fail(index, &SubgraphError::Request { detail });
                return None;
            }
        };
        for (fetch, place) in built.causes {
            self.causes.add(fetch, place);
        }
        for (link, rows) in built.links {
            self.links[link as usize].rows = rows;
        }
        let asked: usize = built.entities.iter().map(|&count| count as usize).sum();
        self.entities[at] = built.entities;
        if let Some(contextual) = built.contextual {
            let layout = fetch.layout.with_lists(&contextual.calls, &contextual.keys);
            self.lists[at] = Some((contextual.calls, layout));
            self.carried[at] = contextual.carried;
        }
        if asked == 0 && !fetch.calls.is_empty() || built.roots == 0 && !fetch.below.is_empty() {
            return None;
        }
        self.statistics[at].entities = asked;
        self.statistics[at].request_bytes = built.body.len();
        self.started[at] = Some(Instant::now());
        let parts = fetch.note.clone().zip(built.places);
        let parts = parts.map(|(fetch, places)| RequestParts {
            fetch,
            representations: places.representations,
            variables: places.variables,
        });
        Some(SubgraphRequest {
            body: Bytes::from(built.body),
            kind: fetch.kind,
            headers: self.input.headers.clone(),
            identity: self.input.identity.clone(),
            request_id: self.input.request_id.clone(),
            deadline: self.input.deadline,
            expected_bytes: fetch.answered.load(Ordering::Relaxed),
            parts,
            execution: self.input.note.clone(),
            shares_within: None,
            began: None,
            keeper: None,
        })
    }

    fn receive(&mut self, index: u32, result: Result<SubgraphResponse, SubgraphError>) {
        let at = index as usize;
        let fetch = &self.plan.fetches[at];
        let policy = ErrorPolicy {
            shown_extensions: &self.input.options.shown_extensions,
        };
        let answer = result.and_then(|response| {
            if fetch.kind == OperationType::Mutation {
                let cookies = response.headers.get_all(header::SET_COOKIE);
                self.set_cookies.extend(cookies.iter().cloned());
            }
            let SubgraphBody::Json(body) = response.body;
            self.statistics[at].response_bytes = body.len();
            fetch.answered.store(body.len(), Ordering::Relaxed);
            let entities = &self.entities[at];
            let layout = self.lists[at].as_ref();
            let layout = layout.map_or(&fetch.layout, |(_, layout)| layout);
            ingest::ingest(body, layout, entities, &mut self.budget, &policy)
        });
        match answer {
            Ok(mut answer) => {
                self.statistics[at].outcome = if answer.faults.is_empty() {
                    FetchOutcome::Answered
                } else {
                    FetchOutcome::Errors
                };
                if let Some((calls, _)) = &self.lists[at] {
                    for fault in &mut answer.faults {
                        let list = fault.call.map(|list| list as usize);
                        fault.call = list.and_then(|list| calls.get(list).copied());
                    }
                }
                self.connect(index, &mut answer);
                self.answers[at] = answer;
            }
            Err(error) => self.fail(index, &error),
        }
        if let Some(started) = self.started[at] {
            self.statistics[at].duration = started.elapsed();
        }
    }

    fn fail(&mut self, index: u32, error: &SubgraphError) {
        let at = index as usize;
        let fetch = &self.plan.fetches[at];
        tracing::warn!(
            subgraph.name = &*fetch.service,
            request.id = &*self.input.request_id,
            error.code = error.code(),
            error.detail = error.detail(),
            "a subgraph request failed: {error}"
        );
        self.statistics[at].outcome = FetchOutcome::Failed(error.code());
        let show_details = self.input.options.show_transport_details;
        let mut answer = fetch.layout.empty_answer();
        answer.fail(Fault::transport(error, show_details));
        self.connect(index, &mut answer);
        self.answers[at] = answer;
    }

    fn connect(&mut self, index: u32, answer: &mut Answer) {
        let fetch = &self.plan.fetches[index as usize];
        link::connect_root(fetch, index, answer, &mut self.links);
        let (causes, links) = (&mut self.causes, &mut self.links);
        let Some((calls, _)) = &self.lists[index as usize] else {
            return link::connect(fetch, index, answer, causes, links);
        };
        let asked = &self.entities[index as usize];
        let lists = Lists { calls, asked };
        let rows = link::connect_lists(fetch, index, answer, causes, links, lists);
        for (carried, rows) in self.carried[index as usize].iter_mut().zip(rows) {
            carried.rows = rows;
        }
    }

    /// What waited for this fetch waits for one less.
    fn end(&mut self, index: u32, ready: &mut Vec<u32>) {
        for &dependant in &self.plan.fetches[index as usize].dependants {
            let waits_for = &mut self.waits_for[dependant as usize];
            *waits_for = waits_for.saturating_sub(1);
            if *waits_for == 0 {
                ready.push(dependant);
            }
        }
    }

    pub(crate) fn finish(self) -> ExecutionOutput {
        let written = write::write(self.plan, self.view(), self.input);
        ExecutionOutput {
            body: Bytes::from(written.body),
            errors: written.errors,
            set_cookies: self.set_cookies,
            fetches: self.statistics,
        }
    }
}
