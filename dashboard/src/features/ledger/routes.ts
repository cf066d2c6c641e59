import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const ledgerRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/ledger',
    component: lazyRouteComponent(() => import('./page.tsx'), 'LedgerPage'),
  }),
] as const;
