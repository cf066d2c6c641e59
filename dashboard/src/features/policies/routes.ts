import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';
import { readPolicySearch } from './search.ts';

export const policyRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/policies',
    validateSearch: readPolicySearch,
    component: lazyRouteComponent(() => import('./page.tsx'), 'PoliciesPage'),
  }),
] as const;
