import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inShell } from '../../shell/root.tsx';

export const settingRoutes = [
  createRoute({
    getParentRoute: inShell,
    path: '/app/settings',
    component: lazyRouteComponent(() => import('./page.tsx'), 'SettingsPage'),
  }),
] as const;
