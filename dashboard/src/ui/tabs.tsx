/** Parts of one screen; which one is open belongs into the address, so the caller keeps it. Arrow keys move. */
import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';

export interface Tab<T extends string> {
  readonly id: T;
  readonly label: string;
  readonly body: ReactNode;
}

export interface TabsProps<T extends string> {
  readonly label: string;
  readonly open: T;
  readonly tabs: readonly Tab<T>[];
  readonly onOpen: (id: T) => void;
}

export const Tabs = <T extends string>({ label, open, tabs, onOpen }: TabsProps<T>) => (
  <Base.Root value={open} onValueChange={(next: T) => onOpen(next)}>
    <Base.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
      {tabs.map(({ id, label: name }) => (
        <Base.Tab
          key={id}
          value={id}
          className="-mb-px min-h-9 whitespace-nowrap border-b-2 border-transparent px-3 py-1.5 font-medium text-soft hover:text-ink data-[active]:border-accent data-[active]:text-accent focus-visible:-outline-offset-2"
        >
          {name}
        </Base.Tab>
      ))}
    </Base.List>
    {tabs.map(({ id, body }) => (
      <Base.Panel key={id} value={id} className="space-y-4 pt-4 focus-visible:outline-offset-4">
        {body}
      </Base.Panel>
    ))}
  </Base.Root>
);
