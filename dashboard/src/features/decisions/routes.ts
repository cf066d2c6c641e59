import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';
import { readFilters } from './filters.ts';

export const decisionRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/decisions',
    validateSearch: readFilters,
    component: lazyRouteComponent(() => import('./list.tsx'), 'DecisionsPage'),
  }),
  createRoute({
    getParentRoute: inShell,
    path: '/app/decisions/$decisionId',
    component: lazyRouteComponent(() => import('./detail.tsx'), 'DecisionPage'),
  }),
] as const;
