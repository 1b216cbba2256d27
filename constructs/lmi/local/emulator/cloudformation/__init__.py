"""
The engine that creates, updates, rolls back and deletes the stacks of the embedded AWS.

moto creates a resource when something looks it up, touches on update only what differs as text,
removes before it adds, never rolls back and tells nothing of single resources (moto 5.2.5:
cloudformation/models.py and parsing.py). This engine takes over the running of a stack; templates,
intrinsic functions and the resources themselves stay moto's.

* template   -- a template and its resources, checked as CloudFormation checks them before it begins
* order      -- what a resource refers to, and the order of creation
* resolve    -- a stack's values: parameters, conditions, resources, and the properties with all
  references resolved
* schemas    -- CloudFormation's provider schemas
* replacement-- which changes need a new physical resource
* resources  -- creating, updating and deleting one resource through moto
* events     -- the stack's events, in an order that their timestamps show
* locks      -- what must not happen at once: stacks run in parallel
* run        -- create and update
* removal    -- deleting resources in order: clean-up, roll-back, delete
* rollback   -- undoing what a failed run did
* delete     -- deleting a stack
* capabilities -- what the caller must acknowledge
* stack      -- moto's Stack, with what the engine keeps about it
* stacks     -- finding stacks, and beginning what is done to them
* exports    -- outputs that stacks export to each other, and who uses them
* recovery   -- delete, cancel, roll back, continue a roll-back
* changes, change_sets -- what a change set says, and change sets themselves
* arguments, requests  -- the API calls that reach the engine
* statuses, descriptions -- what has become of each resource, and the calls that tell it
"""

import functools

from . import change_sets, recovery, requests, stacks


@functools.cache
def install() -> None:
    """Put the engine in the place of moto's, after the mends. A second call does nothing."""
    stacks.install()
    recovery.install()
    change_sets.install()
    requests.install()
