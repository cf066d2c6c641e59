/** The frame of every screen: skip link, menu, theme, who is signed in. On a phone the menu folds away. */
import { Link, Outlet } from '@tanstack/react-router';
import { useState } from 'react';
import { Door } from '../session/door/door.tsx';
import { Button } from '../ui/button.tsx';
import { useFocus } from './focus.ts';
import { GROUPS, NAV } from './nav.ts';
import { PaletteDoor } from './palette-door.tsx';
import { SignOut, Who } from './who.tsx';

const Menu = ({ onGo }: { onGo: () => void }) => (
  <nav aria-label="Screens" className="space-y-3">
    {GROUPS.map((group) => (
      <div key={group}>
        <p className="px-2 pb-0.5 text-xs font-medium text-soft">{group}</p>
        <ul>
          {NAV.filter((item) => item.group === group).map(({ to, label }) => (
            <li key={to}>
              <Link
                to={to}
                onClick={onGo}
                activeOptions={{ exact: to === '/app', includeSearch: false }}
                className="block rounded-md px-2 py-1 hover:bg-raised"
                activeProps={{ className: 'bg-accent-wash font-medium text-accent', 'aria-current': 'page' }}
              >
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </div>
    ))}
  </nav>
);

const toggleTheme = (): void => {
  const { dataset } = document.documentElement;
  dataset.theme = dataset.theme === 'dark' ? 'light' : 'dark';
  localStorage.setItem('guildhall.theme', dataset.theme);
};

export const Shell = () => (
  <Door>
    <Framed />
  </Door>
);

const Framed = () => {
  const [open, setOpen] = useState(false);
  const main = useFocus();
  return (
    <div className="md:grid md:min-h-dvh md:grid-cols-[13.5rem_1fr]">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:left-2 focus:top-2"
      >
        Skip to the content
      </a>
      <aside className="border-line border-b bg-surface p-3 md:sticky md:top-0 md:flex md:h-dvh md:flex-col md:py-2 md:border-b-0 md:border-r">
        <div className="flex items-center justify-between md:mb-3 md:mt-1">
          <p className="flex items-center gap-2 px-2 font-semibold tracking-tight">
            <img src="/assets/favicon.svg" alt="" className="size-5" />
            Guildhall
          </p>
          <Button className="md:hidden" aria-expanded={open} aria-controls="menu" onClick={() => setOpen(!open)}>
            Menu
          </Button>
        </div>
        {/* What is at its end stays in sight on a low screen: the places between scroll. */}
        <div
          id="menu"
          className={`${open ? 'mt-3 block' : 'hidden'} space-y-3 md:flex md:min-h-0 md:flex-1 md:flex-col`}
        >
          <PaletteDoor />
          <div className="md:min-h-0 md:flex-1 md:overflow-y-auto">
            <Menu onGo={() => setOpen(false)} />
          </div>
          <div className="space-y-1 border-t border-line pt-2">
            <Who onGo={() => setOpen(false)} />
            <div className="-mx-1 flex justify-between">
              <Button kind="quiet" className="px-2" onClick={toggleTheme}>
                Theme
              </Button>
              <SignOut />
              <a
                href="/docs"
                className="inline-flex min-h-8 items-center rounded-md px-2 py-1.5 font-medium hover:bg-raised"
              >
                API
              </a>
            </div>
          </div>
        </div>
      </aside>
      <main id="content" ref={main} tabIndex={-1} className="min-w-0 p-4 outline-none md:p-6">
        <div className="mx-auto max-w-6xl">
          <Outlet />
        </div>
      </main>
    </div>
  );
};
