import { parseFieldSelector } from '../../api/selectors/fields.ts';
import { parseLabelSelector } from '../../api/selectors/labels.ts';
import type { FieldSelectorAttributes, LabelSelectorAttributes } from '../../api/types/authorization-v1.ts';
import type { FieldSelectorRequirement, LabelSelectorRequirement } from '../../api/types/meta-v1.ts';

/** The selectors of an access review, as far as they can be understood. */
export interface ReviewSelectors {
  /** Terms that name one value of a field, as authorizers read them. */
  readonly fields: Readonly<Record<string, string>>;
  /** What was not understood, for the review's `evaluationError`; '' when all was. */
  readonly problem: string;
}

interface Read {
  readonly understood: number;
  readonly total: number;
  readonly fields?: Readonly<Record<string, string>>;
}

/**
 * What was not understood is left out: terms are joined by "and", so without it the question is only the wider one.
 * Models pkg/registry/authorization/util/helpers.go.
 */
export function reviewSelectors(
  fieldSelector: FieldSelectorAttributes | undefined,
  labelSelector: LabelSelectorAttributes | undefined,
): ReviewSelectors {
  const fields = readFields(fieldSelector ?? {});
  const labels = readLabels(labelSelector ?? {});
  const problems = [...problemOf('fieldSelector', fields), ...problemOf('labelSelector', labels)];
  return { fields: fields.fields ?? {}, problem: problems.join('; ') };
}

function problemOf(name: string, { understood, total }: Read): string[] {
  if (understood === total) return [];
  const partially = understood > 0 ? 'partially ' : '';
  return [`spec.resourceAttributes.${name} ${partially}ignored due to parse error`];
}

function readFields({ rawSelector = '', requirements = [] }: FieldSelectorAttributes): Read {
  if (requirements.length > 0) {
    // A field has one value: several, or its mere existence, cannot be asked for.
    const known = requirements.filter(
      ({ operator, values }) => (operator === 'In' || operator === 'NotIn') && values?.length === 1,
    );
    return { understood: known.length, total: requirements.length, fields: equalsOf(known) };
  }
  try {
    const terms = parseFieldSelector(rawSelector).filter(({ operator }) => operator === '=');
    const fields = Object.fromEntries(terms.map(({ field, value }) => [field, value]));
    return { understood: 1, total: 1, fields };
  } catch {
    return { understood: 0, total: 1 };
  }
}

const equalsOf = (requirements: readonly FieldSelectorRequirement[]) =>
  Object.fromEntries(
    requirements.filter(({ operator }) => operator === 'In').map(({ key, values }) => [key, values![0]!]),
  );

function readLabels({ rawSelector = '', requirements = [] }: LabelSelectorAttributes): Read {
  if (requirements.length > 0)
    return { understood: requirements.filter(isLabelTerm).length, total: requirements.length };
  try {
    parseLabelSelector(rawSelector);
    return { understood: 1, total: 1 };
  } catch {
    return { understood: 0, total: 1 };
  }
}

function isLabelTerm({ operator, values = [] }: LabelSelectorRequirement): boolean {
  if (operator === 'In' || operator === 'NotIn') return values.length > 0;
  return (operator === 'Exists' || operator === 'DoesNotExist') && values.length === 0;
}
