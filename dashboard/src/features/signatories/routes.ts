import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const signatoryRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/signatories',
    component: lazyRouteComponent(() => import('./page.tsx'), 'SignatoriesPage'),
  }),
] as const;
