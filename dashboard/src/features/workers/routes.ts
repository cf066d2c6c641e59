import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const workerRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/workers',
    component: lazyRouteComponent(() => import('./page.tsx'), 'WorkersPage'),
  }),
  createRoute({
    getParentRoute: inShell,
    path: '/app/workers/$workerId',
    component: lazyRouteComponent(() => import('./detail.tsx'), 'WorkerPage'),
  }),
] as const;
