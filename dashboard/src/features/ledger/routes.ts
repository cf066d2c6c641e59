import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

/** A receipt to look at: its id, or the place of its entry. */
const readReceipt = ({ receipt }: Readonly<Record<string, unknown>>): { readonly receipt?: string } =>
  typeof receipt === 'string' || typeof receipt === 'number' ? { receipt: String(receipt) } : {};

export const ledgerRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/ledger',
    validateSearch: readReceipt,
    component: lazyRouteComponent(() => import('./page.tsx'), 'LedgerPage'),
  }),
] as const;
