/** Addresses and their screens; filters live in the address, so that a view can be sent to somebody. */
import { createRootRoute, createRoute, createRouter, Navigate, redirect } from '@tanstack/react-router';
import { AccountPage } from './features/account/page.tsx';
import { ApprovalsPage } from './features/approvals/page.tsx';
import { BansPage } from './features/bans/page.tsx';
import { DecisionPage } from './features/decisions/detail.tsx';
import { readFilters } from './features/decisions/filters.ts';
import { DecisionsPage } from './features/decisions/list.tsx';
import { KeysPage } from './features/keys/page.tsx';
import { LedgerPage } from './features/ledger/page.tsx';
import { MembersPage } from './features/members/page.tsx';
import { OverviewPage } from './features/overview/page.tsx';
import { WorkersPage } from './features/workers/page.tsx';
import { Shell } from './shell/shell.tsx';
import { Empty } from './ui/states.tsx';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Empty title="There is no such screen">Choose one from the menu.</Empty>,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/app' });
  },
});
/** Addresses of the door; whoever is let in has no business there any more. */
const door = (['/sign-in', '/sign-in/key', '/sign-up', '/forgot-password'] as const).map((path) =>
  createRoute({ getParentRoute: () => root, path, component: () => <Navigate to="/app" replace /> }),
);
const overview = createRoute({ getParentRoute: () => root, path: '/app', component: OverviewPage });
const decisions = createRoute({
  getParentRoute: () => root,
  path: '/app/decisions',
  validateSearch: readFilters,
  component: DecisionsPage,
});
const decision = createRoute({
  getParentRoute: () => root,
  path: '/app/decisions/$decisionId',
  component: DecisionPage,
});
const approvals = createRoute({ getParentRoute: () => root, path: '/app/approvals', component: ApprovalsPage });
const workers = createRoute({ getParentRoute: () => root, path: '/app/workers', component: WorkersPage });
const bans = createRoute({ getParentRoute: () => root, path: '/app/bans', component: BansPage });
const ledger = createRoute({ getParentRoute: () => root, path: '/app/ledger', component: LedgerPage });
const keys = createRoute({ getParentRoute: () => root, path: '/app/keys', component: KeysPage });
const people = createRoute({ getParentRoute: () => root, path: '/app/members', component: MembersPage });
const account = createRoute({ getParentRoute: () => root, path: '/app/account', component: AccountPage });

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    ...door,
    overview,
    decisions,
    decision,
    approvals,
    workers,
    bans,
    ledger,
    keys,
    people,
    account,
  ]),
  defaultPreload: false,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
