-- The alternative to one cluster per code: a code whose title takes in products of several
-- clusters is split over the clusters of its class, by their shares of the class's NAICS
-- industries. Shares below a tenth are leftovers of the correspondence and are dropped. Twelve decimals,
-- as shares have: what weights are multiplied with is summed exactly, and shows the last of their digits.
with

decisions as (

    select * from {{ ref('int_nic_decisions') }}

),

reviewed as (

    select * from {{ ref('int_reviewed_decisions') }}

),

title_links as (

    select * from {{ ref('nic_title_links') }}

),

candidates as (

    select * from {{ ref('int_class_candidates') }}

),

split_shares as (

    select
        decisions.nic_version,
        decisions.nic_code,
        candidates.cluster_code,
        round(
            candidates.share
            / sum(candidates.share) over (
                partition by decisions.nic_version, decisions.nic_code
            ), 12
        ) as weight
    from decisions
    inner join reviewed
        on decisions.nic_version = reviewed.nic_version
        and decisions.nic_code = reviewed.nic_code
        and reviewed.splits
    inner join candidates
        on decisions.nic_version = candidates.nic_version
        and decisions.nic_class = candidates.nic_class
    where
        candidates.share >= 0.1
        and candidates.cluster_code <> '0'

),

-- an earlier code splits like the NIC-2008 code with its title
linked_shares as (

    select
        title_links.nic_version,
        title_links.nic_code,
        split_shares.cluster_code,
        split_shares.weight
    from title_links
    inner join decisions
        on title_links.nic_version = decisions.nic_version
        and title_links.nic_code = decisions.nic_code
        and decisions.rule = 'title_link'
    inner join split_shares
        on title_links.nic_2008_code = split_shares.nic_code
        and split_shares.nic_version = 'NIC-2008'

),

all_shares as (

    select * from split_shares

    union all

    select * from linked_shares

)

select
    decisions.nic_version,
    decisions.nic_code,
    coalesce(all_shares.cluster_code, decisions.cluster_code) as cluster_code,
    coalesce(all_shares.weight, cast(1 as {{ type_double() }})) as weight
from decisions
left join all_shares
    on decisions.nic_version = all_shares.nic_version
    and decisions.nic_code = all_shares.nic_code
