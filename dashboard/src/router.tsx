/**
 * Addresses and their screens. A feature has its routes in a file of its own and one line here and in `shell/nav.ts`; its
 * screens are loaded when they are opened. Filters live in the address, so that a view can be sent to somebody.
 */
import { createRoute, createRouter, Navigate, redirect } from '@tanstack/react-router';
import { accountRoutes } from './features/account/routes.ts';
import { approvalRoutes } from './features/approvals/routes.ts';
import { auditRoutes } from './features/audit/routes.ts';
import { banRoutes } from './features/bans/routes.ts';
import { catalogueRoutes } from './features/catalogue/routes.ts';
import { complianceRoutes } from './features/compliance/routes.ts';
import { decisionRoutes } from './features/decisions/routes.ts';
import { keyRoutes } from './features/keys/routes.ts';
import { ledgerRoutes } from './features/ledger/routes.ts';
import { memberRoutes } from './features/members/routes.ts';
import { overviewRoutes } from './features/overview/routes.ts';
import { policyRoutes } from './features/policies/routes.ts';
import { profileRoutes } from './features/profiles/routes.ts';
import { ruleRoutes } from './features/rules/routes.ts';
import { settingRoutes } from './features/settings/routes.ts';
import { signatoryRoutes } from './features/signatories/routes.ts';
import { webhookRoutes } from './features/webhooks/routes.ts';
import { workerRoutes } from './features/workers/routes.ts';
import { inShell, root } from './shell/root.tsx';
import { Failed, Loading } from './ui/states.tsx';

const home = createRoute({
  getParentRoute: inShell,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/app' });
  },
});
/** Addresses of the door; whoever is let in has no business there any more. */
const door = (['/sign-in', '/sign-in/key', '/sign-up', '/forgot-password'] as const).map((path) =>
  createRoute({ getParentRoute: inShell, path, component: () => <Navigate to="/app" replace /> }),
);

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    ...door,
    ...overviewRoutes,
    ...decisionRoutes,
    ...approvalRoutes,
    ...workerRoutes,
    ...signatoryRoutes,
    ...settingRoutes,
    ...ruleRoutes,
    ...catalogueRoutes,
    ...auditRoutes,
    ...profileRoutes,
    ...policyRoutes,
    ...banRoutes,
    ...complianceRoutes,
    ...ledgerRoutes,
    ...keyRoutes,
    ...webhookRoutes,
    ...memberRoutes,
    ...accountRoutes,
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading what="this screen" />,
  defaultErrorComponent: ({ error }) => <Failed error={error} retry={() => location.reload()} />,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
