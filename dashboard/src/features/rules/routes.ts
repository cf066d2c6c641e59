import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const ruleRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/rules',
    component: lazyRouteComponent(() => import('./page.tsx'), 'RulesPage'),
  }),
] as const;
