/** A labelled control; what is wrong with it is said beside it and read out with it. */
import {
  cloneElement,
  type InputHTMLAttributes,
  type ReactElement,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react';

interface Described {
  id?: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean;
}

export interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly children: ReactElement<Described>;
}

export const Field = ({ label, hint, error, children }: FieldProps) => {
  const id = useId();
  const told = [hint === undefined ? null : `${id}-hint`, error === undefined ? null : `${id}-error`].filter(Boolean);
  return (
    <div className="min-w-0 space-y-1">
      <label htmlFor={id} className="block font-medium">
        {label}
      </label>
      {cloneElement(children, {
        id,
        'aria-describedby': told.length > 0 ? told.join(' ') : undefined,
        'aria-invalid': error !== undefined,
      })}
      {error !== undefined && (
        <p id={`${id}-error`} className="text-xs text-deny">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-xs text-soft">
          {hint}
        </p>
      )}
    </div>
  );
};

const CONTROL =
  'w-full rounded-md border border-line bg-surface px-2.5 py-1.5 text-ink placeholder:text-soft aria-invalid:border-deny min-h-[2.125rem]';

export const Input = ({ className = '', ...rest }: InputHTMLAttributes<HTMLInputElement>) => (
  <input {...rest} className={`${CONTROL} ${className}`} />
);

export const Select = ({ className = '', ...rest }: SelectHTMLAttributes<HTMLSelectElement>) => (
  <select {...rest} className={`${CONTROL} ${className}`} />
);

export const TextArea = ({ className = '', ...rest }: TextareaHTMLAttributes<HTMLTextAreaElement>) => (
  <textarea {...rest} className={`${CONTROL} ${className}`} />
);
