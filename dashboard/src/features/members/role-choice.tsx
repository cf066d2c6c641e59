import { useState } from 'react';
import { Field, Select } from '../../ui/field.tsx';
import { ROLES } from './roles.ts';

/** Only an owner makes owners; to others the choice is not offered. */
export const RoleChoice = ({ initial, isOwner }: { initial: string; isOwner: boolean }) => {
  const [role, setRole] = useState(initial);
  return (
    <Field label="Role" hint={ROLES.find(([id]) => id === role)?.[2]}>
      <Select name="role" value={role} onChange={({ target }) => setRole(target.value)}>
        {ROLES.filter(([id]) => isOwner || id !== 'owner').map(([id, label]) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </Select>
    </Field>
  );
};
