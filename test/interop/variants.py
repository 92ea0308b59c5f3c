"""All variants, in the order in which they are played."""
import stage
import variants_message
import variants_evidence
import variants_success
import variants_demand
import variants_accepted

ROOMS = (variants_message, variants_evidence, variants_success,
         variants_demand, variants_accepted)
VARIANTS = stage.VARIANTS
